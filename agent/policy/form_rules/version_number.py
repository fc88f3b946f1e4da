"""Versions of SMETS, CHTS and GBCS are numbers with dots between them."""

import re
from collections.abc import Iterable
from typing import Final

from agent.cpl.fields import FieldKind
from agent.findings import Level
from agent.policy.facts import FormFacts
from agent.policy.form_remarks import cells_of_kind, count_entries, remark
from agent.policy.rule import Answer, Rule

_VERSION: Final = re.compile(r"[0-9]{1,4}(?:\.[0-9]{1,4}){0,4}", re.ASCII)


def _check(facts: FormFacts) -> Iterable[Answer]:
    if facts.form is None:
        return
    for entry, field, cell in cells_of_kind(facts.form, FieldKind.VERSION):
        if _VERSION.fullmatch(cell.text.strip(" ")) is None:
            message, expected = "not a version number", "numbers with dots between them, such as 5.1"
            yield remark(facts.form, entry, field, message, expected)


RULE = Rule(
    code="version-number",
    clause="docs/cpl.md, what is checked",
    summary="a version of SMETS, CHTS or GBCS that is not numbers with dots between them",
    check=_check,
    evidence=count_entries,
    level=Level.WARN,
    may_be_lowered=True,
)
