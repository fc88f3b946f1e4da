"""Spaces that nobody sees make two values of one."""

import unicodedata
from collections.abc import Iterable
from typing import TYPE_CHECKING

from agent.cpl.fields import FieldKind
from agent.findings import Level
from agent.policy.facts import FormFacts
from agent.policy.form_remarks import count_entries, fields_of, find_cells, remark
from agent.policy.rule import Answer, Rule

if TYPE_CHECKING:
    from agent.formats.spreadsheet import Cell


def _check(facts: FormFacts) -> Iterable[Answer]:
    if facts.form is None:
        return
    for entry, field, cell in find_cells(facts.form, fields_of(facts.form, *FieldKind), _has_strange_space):
        yield remark(facts.form, entry, field, _say_why(cell.text), "the value without these spaces")


def _has_strange_space(cell: "Cell") -> bool:
    return cell.kind == "string" and bool(_say_why(cell.text))


def _say_why(text: str) -> str:
    strange = "" if text.isascii() else text
    other = next((char for char in strange if char != " " and unicodedata.category(char) == "Zs"), "")
    if other:
        return f"it holds U+{ord(other):04X} ({unicodedata.name(other)}) where people see a space"
    if text[0] == " " or text[-1] == " ":
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
