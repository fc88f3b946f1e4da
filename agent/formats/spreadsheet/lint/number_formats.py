"""Number formats: do they show the value that is in the cell? (ECMA-376 part 1, clause 18.8.31)."""

import re
from typing import Final

_LITERAL: Final = re.compile(r'"([^"]*)"|\\(.)|([_*])(.)|\[([^\]]*)\]', re.DOTALL)
_SHOWS: Final = re.compile(r"[0#?@ymdhsge]|general|standard", re.IGNORECASE)
_LONGEST: Final = 1000
"""Characters; Excel takes 255."""
_WHITE: Final = ("white", "color2", "color 2")


def describe_deceit(code: str) -> str:
    """Say what a format does to a value other than to show it; empty when it shows it.

    A section that is empty or holds literals only replaces what is in the cell; digits that
    are literals stand beside those of the value and look like them.
    """
    if code.strip() == "":
        return ""
    if len(code) > _LONGEST:
        return f"is longer than {_LONGEST} characters, and was not read"
    sections = _split(code)
    for literals, rest, brackets in sections:
        if any(bracket.lower() in _WHITE for bracket in brackets):
            return "shows it in white"
        if not _SHOWS.search(rest) and not any(_is_elapsed(bracket) for bracket in brackets):
            return f"shows {literals!r} in its place" if literals.strip() else "shows nothing"
        if "@" in rest and any(character.isalnum() for character in literals):
            return f"adds {literals!r} to its text"
        if any(character.isdigit() for character in literals):
            return f"adds the digits {literals!r} to it"
    return ""


def _is_elapsed(bracket: str) -> bool:
    return bracket != "" and set(bracket.lower()) <= {"h"} | {"m"} | {"s"}


def _split(code: str) -> list[tuple[str, str, list[str]]]:
    """Split a code into its sections: literal characters, what is left, and what stands in brackets."""
    sections: list[tuple[str, str, list[str]]] = []
    literals, rest, brackets = "", "", list[str]()
    position = 0
    while position < len(code):
        match = _LITERAL.match(code, position)
        if match:
            literals += match[1] or match[2] or ""
            if match[5] is not None:
                literals += _currency(match[5])
                brackets.append(match[5])
            position = match.end()
            continue
        if code[position] == ";":
            sections.append((literals, rest, brackets))
            literals, rest, brackets = "", "", []
        else:
            rest += code[position]
        position += 1
    return [*sections, (literals, rest, brackets)]


def _currency(bracket: str) -> str:
    """Give the characters that `[$£-809]` shows."""
    return bracket[1:].partition("-")[0] if bracket.startswith("$") else ""
