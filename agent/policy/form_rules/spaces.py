"""Spaces that nobody sees make two values of one."""

import unicodedata
from collections.abc import Iterable

from agent.cpl.fields import FieldKind
from agent.findings import Level
from agent.policy.facts import FormFacts
from agent.policy.form_remarks import cells_of_kind, count_entries, remark
from agent.policy.rule import Answer, Rule


def _check(facts: FormFacts) -> Iterable[Answer]:
    if facts.form is None:
        return
    for entry, field, cell in cells_of_kind(facts.form, *FieldKind):
        text = cell.text
        if cell.kind == "string" and (
            text[0] == " " or text[-1] == " " or "  " in text or not text.isascii()
        ):
            message = _say_why(text)
            if message:
                yield remark(facts.form, entry, field, message, "the value without these spaces")


def _say_why(text: str) -> str:
    other = next((char for char in text if char != " " and unicodedata.category(char) == "Zs"), "")
    if other:
        return f"it holds U+{ord(other):04X} ({unicodedata.name(other)}) where people see a space"
    if text != text.strip(" "):
        return "it has spaces at its start or end"
    return "it has two spaces in a row" if "  " in text else ""


RULE = Rule(
    code="spaces",
    clause="docs/cpl.md, what is checked",
    summary="spaces at the start or end of a value, two in a row, and no-break and other foreign spaces",
    check=_check,
    evidence=count_entries,
    level=Level.WARN,
    may_be_lowered=True,
)
