"""Device types are those of the SEC."""

from collections.abc import Iterable
from typing import Final

from agent.cpl.device_types import DEVICE_TYPES, find_model_kind
from agent.cpl.fields import FormField
from agent.findings import Level
from agent.policy.facts import FormFacts
from agent.policy.form_remarks import count_entries, find_cells, remark
from agent.policy.rule import Answer, Rule

_EXPECTED: Final = f"one of {', '.join(DEVICE_TYPES)}"


def _check(facts: FormFacts) -> Iterable[Answer]:
    if facts.form is None:
        return
    fields = (FormField.DEVICE_TYPE,)
    for entry, field, _ in find_cells(facts.form, fields, lambda cell: find_model_kind(cell.text) is None):
        message = "not a device type that is known: who must countersign cannot be told"
        yield remark(facts.form, entry, field, message, _EXPECTED)


RULE = Rule(
    code="device-type",
    clause="DCC interface schema (device types)",
    summary="a device type that is not one of the SEC's",
    check=_check,
    evidence=count_entries,
    level=Level.WARN,
    may_be_lowered=True,
)
