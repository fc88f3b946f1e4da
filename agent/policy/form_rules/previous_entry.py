"""IDs of the entries that a submission takes the place of."""

import re
from collections.abc import Iterable
from typing import Final

from agent.cpl.fields import FormField
from agent.findings import Level
from agent.policy.facts import FormFacts
from agent.policy.form_remarks import cells_of, count_entries, remark
from agent.policy.rule import Answer, Rule

_ID: Final = re.compile(r"[0-9A-Za-z](?:[0-9A-Za-z ._/-]{0,38}[0-9A-Za-z])?", re.ASCII)
_FIELD: Final = FormField.PREVIOUS_ENTRY


def _check(facts: FormFacts) -> Iterable[Answer]:
    form = facts.form
    if form is None or _FIELD not in form.columns:
        return
    first: dict[str, int] = {}
    for entry, cell in cells_of(form, _FIELD):
        text = cell.text.strip(" ")
        if _ID.fullmatch(text) is None:
            expected = "one ID, of letters and digits with . _ / - or a space between them"
            yield remark(form, entry, _FIELD, "not the ID of one entry", expected)
        row = first.setdefault(text.casefold(), entry.row)
        if row != entry.row:
            message = f"row {row} says that it takes the place of the same entry"
            yield remark(form, entry, _FIELD, message, "each previous entry in one row")
    for entry, cell in cells_of(form, FormField.CPL_STATUS):
        if cell.text.strip(" ").casefold() not in {"active", ""} and not entry.value(_FIELD):
            message = f"missing, though the status is {entry.value(FormField.CPL_STATUS)!a}"
            yield remark(form, entry, _FIELD, message, "the ID of the entry whose status changes")


RULE = Rule(
    code="previous-entry",
    clause="docs/cpl.md, what is checked",
    summary="a previous entry ID that is none, stands in two rows, or is missing where a status changes",
    check=_check,
    evidence=count_entries,
    level=Level.WARN,
    may_be_lowered=True,
)
