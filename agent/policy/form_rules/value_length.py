"""The lengths that the sibling interface allows."""

from collections.abc import Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Final

from agent.cpl.fields import FormField
from agent.findings import Level
from agent.policy.facts import FormFacts
from agent.policy.form_remarks import count_entries, find_cells, remark
from agent.policy.rule import Answer, Rule

if TYPE_CHECKING:
    from agent.formats.spreadsheet import Cell

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
        is_longer = partial(_is_longer, limit)
        for entry, _, cell in find_cells(facts.form, (field,), is_longer):
            message = f"it has {len(cell.text.strip(' '))} characters"
            yield remark(facts.form, entry, field, message, f"at most {limit} characters")


def _is_longer(limit: int, cell: "Cell") -> bool:
    return len(cell.text.strip(" ")) > limit


RULE = Rule(
    code="value-length",
    clause="DCC interface schema (manufacturer, model: 30; firmware version: 8; SMETS/CHTS version: 20)",
    summary="a value longer than the sibling interface schema allows",
    check=_check,
    evidence=count_entries,
    level=Level.WARN,
    may_be_lowered=True,
)
