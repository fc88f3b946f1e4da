"""The status of an entry is one of the list's own words."""

from collections.abc import Iterable
from typing import Final

from agent.cpl.fields import CPL_STATUSES, FormField
from agent.policy.facts import FormFacts
from agent.policy.form_remarks import cells_of, count_entries, remark
from agent.policy.rule import Answer, Rule

_KNOWN: Final = frozenset(status.casefold() for status in CPL_STATUSES)


def _check(facts: FormFacts) -> Iterable[Answer]:
    if facts.form is None:
        return
    for entry, cell in cells_of(facts.form, FormField.CPL_STATUS):
        if cell.text.strip(" ").casefold() not in _KNOWN:
            expected = f"one of {', '.join(CPL_STATUSES)}"
            yield remark(facts.form, entry, FormField.CPL_STATUS, "not a status of the CPL", expected)


RULE = Rule(
    code="cpl-status",
    clause="DCC interface schema (CPL status)",
    summary="a status other than Active, Cancelled, Expired and Withdrawn",
    check=_check,
    evidence=count_entries,
    may_be_lowered=True,
)
