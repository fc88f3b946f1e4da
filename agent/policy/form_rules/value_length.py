"""The lengths that the sibling interface allows."""

from collections.abc import Iterable, Mapping
from typing import Final

from agent.cpl.fields import FormField
from agent.findings import Level
from agent.policy.facts import FormFacts
from agent.policy.form_remarks import cells_of, count_entries, remark
from agent.policy.rule import Answer, Rule

_LIMITS: Final[Mapping[FormField, int]] = {
    FormField.MANUFACTURER: 30,
    FormField.MODEL: 30,
    FormField.FIRMWARE_VERSION: 8,
    FormField.SMETS_CHTS_VERSION: 20,
}
"""Characters at most."""


def _check(facts: FormFacts) -> Iterable[Answer]:
    if facts.form is None:
        return
    for field, limit in _LIMITS.items():
        for entry, cell in cells_of(facts.form, field):
            length = len(cell.text.strip(" "))
            if length > limit:
                message, expected = f"it has {length} characters", f"at most {limit} characters"
                yield remark(facts.form, entry, field, message, expected)


RULE = Rule(
    code="value-length",
    clause="DCC interface schema (manufacturer, model: 30; firmware version: 8; SMETS/CHTS version: 20)",
    summary="a value longer than the sibling interface schema allows",
    check=_check,
    evidence=count_entries,
    level=Level.WARN,
    may_be_lowered=True,
)
