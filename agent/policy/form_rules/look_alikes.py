"""Characters that look like others: full-width digits, and letters of another script."""

import unicodedata
from collections.abc import Iterable
from typing import Final

from agent.cpl.fields import FieldKind
from agent.findings import Level
from agent.policy.facts import FormFacts
from agent.policy.form_remarks import count_entries, fields_of, find_cells, remark
from agent.policy.rule import Answer, Rule

_EXPECTED: Final = "the value in plain Latin letters and digits"


def _check(facts: FormFacts) -> Iterable[Answer]:
    if facts.form is None:
        return
    fields = fields_of(facts.form, *FieldKind)
    for entry, field, cell in find_cells(facts.form, fields, lambda cell: not cell.text.isascii()):
        for message, level in _say_why(cell.text):
            yield remark(facts.form, entry, field, message, _EXPECTED, level=level)


def _say_why(text: str) -> Iterable[tuple[str, Level]]:
    """Name the first character that is not what it looks like."""
    has_latin = any(char.isascii() and char.isalnum() for char in text)
    for char in text:
        name = f"U+{ord(char):04X} ({unicodedata.name(char, 'unnamed')})"
        category = unicodedata.category(char)
        if char.isascii() or category == "Zs":
            continue
        if unicodedata.normalize("NFKC", char).isascii():
            yield f"it holds {name}, which only looks like another character", Level.REFUSE
            return
        if category == "Nd":
            yield f"it holds {name}, a digit of another script", Level.REFUSE
            return
        if category.startswith("L") and not unicodedata.name(char, "").startswith("LATIN"):
            level = Level.REFUSE if has_latin else Level.WARN
            yield f"it holds {name}, a letter of another script", level
            return


RULE = Rule(
    code="look-alikes",
    clause="Unicode UTS #39 (confusables, mixed-script detection)",
    summary="full-width characters, digits and letters of other scripts; warns of a value that is"
    " wholly in another script",
    check=_check,
    evidence=count_entries,
    may_be_lowered=True,
)
