"""Text of cells and shared strings (ECMA-376 part 1, clauses 18.4 and 22.9.2.19)."""

import re
from functools import cache
from typing import Final

from lxml.etree import _Element as Element

from agent.formats.spreadsheet.limits import SpreadsheetLimits
from agent.formats.spreadsheet.xml import malformed, over_limit

_ESCAPE: Final = re.compile(r"_x([0-9A-Fa-f]{4})_")
_SURROGATES: Final = range(0xD800, 0xE000)


def _unescape(match: re.Match[str]) -> str:
    # A surrogate half is left as written: it is no character, and could not be encoded for output.
    code = int(match[1], 16)
    return match[0] if code in _SURROGATES else chr(code)


def bounded_text(text: str, where: str, limits: SpreadsheetLimits) -> str:
    """Return the text with its `_xHHHH_` resolved, as every spreadsheet program shows it (22.9.2.19).

    Raises:
        DocumentError: `spreadsheet-over-limit` when it is longer than a cell may be.

    """
    plain = _ESCAPE.sub(_unescape, text) if "_x" in text else text
    if len(plain) > limits.max_text:
        raise over_limit(where, f"a text of {len(plain)} characters, more than {limits.max_text}")
    return plain


def simple_content(element: Element, where: str) -> str:
    """Return the text of an element that may have no children.

    Raises:
        DocumentError: `spreadsheet-malformed` when it has one.

    """
    if len(element):
        raise malformed(where, f"an element inside {element.tag!r}")
    return element.text or ""


@cache
def _tags(namespace: str) -> tuple[str, ...]:
    return tuple(f"{{{namespace}}}{name}" for name in ("t", "r", "rPh", "phoneticPr"))


def rich_text(container: Element, namespace: str, where: str, limits: SpreadsheetLimits) -> str:
    """Join the runs of `si` or `is`; phonetic runs are a reading aid and not part of the text.

    Raises:
        DocumentError: `spreadsheet-malformed`, `spreadsheet-over-limit`.

    """
    plain, run, *reading_aids = _tags(namespace)
    pieces: list[str] = []
    for position, child in enumerate(container):
        if child.tag == plain and position == 0:
            pieces.append(simple_content(child, where))
        elif child.tag == run:
            pieces.append(_run_text(child, namespace, where))
        elif child.tag not in reading_aids:
            raise malformed(where, f"unexpected element {child.tag!r} in a string")
    return bounded_text("".join(pieces), where, limits)


def _run_text(run: Element, namespace: str, where: str) -> str:
    texts = [child for child in run if child.tag == f"{{{namespace}}}t"]
    others = [child for child in run if child.tag not in (f"{{{namespace}}}t", f"{{{namespace}}}rPr")]
    if len(texts) != 1 or others:
        raise malformed(where, "a rich text run without exactly one text")
    return simple_content(texts[0], where)
