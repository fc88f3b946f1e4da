"""Versions of SMETS, CHTS and GBCS are numbers with dots between them."""

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from agent.cpl.fields import FieldKind
from agent.findings import Level
from agent.policy.facts import FormFacts
from agent.policy.form_remarks import count_entries, fields_of, find_cells, remark
from agent.policy.rule import Answer, Rule

if TYPE_CHECKING:
    from agent.formats.spreadsheet import Cell

_VERSION: Final = re.compile(r"[0-9]{1,4}(?:\.[0-9]{1,4}){0,4}", re.ASCII)


def _check(facts: FormFacts) -> Iterable[Answer]:
    if facts.form is None:
        return
    for entry, field, _ in find_cells(facts.form, fields_of(facts.form, FieldKind.VERSION), _is_none):
        message, expected = "not a version number", "numbers with dots between them, such as 5.1"
        yield remark(facts.form, entry, field, message, expected)


def _is_none(cell: "Cell") -> bool:
    return _VERSION.fullmatch(cell.text.strip(" ")) is None


RULE = Rule(
    code="version-number",
    clause="docs/cpl.md, what is checked",
    summary="a version of SMETS, CHTS or GBCS that is not numbers with dots between them",
    check=_check,
    evidence=count_entries,
    level=Level.WARN,
    may_be_lowered=True,
)
