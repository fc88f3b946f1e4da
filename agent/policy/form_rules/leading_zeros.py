"""Digits that are fewer than those of the other entries: a program may have dropped zeros."""

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

from agent.cpl.fields import FieldKind
from agent.findings import Level
from agent.policy.facts import FormFacts
from agent.policy.form_remarks import cells_of, count_entries, remark
from agent.policy.rule import Answer, Rule

if TYPE_CHECKING:
    from agent.formats.spreadsheet import Cell


def _check(facts: FormFacts) -> Iterable[Answer]:
    form = facts.form
    for field in form.fields_of(FieldKind.HEX) if form else ():
        if form is None:
            continue
        lengths = Counter(_measure(cell) for _, cell in cells_of(form, field))
        usual, count = lengths.most_common(1)[0] if lengths else (0, 0)
        if 2 * count <= lengths.total():
            continue
        if len(lengths) == 1:
            continue
        for entry, cell in cells_of(form, field):
            length = _measure(cell)
            if length < usual:
                message = f"{length} digits where most entries have {usual}: leading zeros may be lost"
                yield remark(
                    form, entry, field, message, f"{usual} digits, or the same number in all entries"
                )


def _measure(cell: "Cell") -> int:
    return len(cell.text.strip(" "))


RULE = Rule(
    code="leading-zeros",
    clause="CPL submission form (hexadecimal Device Model details)",
    summary="fewer digits than most entries have in the same column",
    check=_check,
    evidence=count_entries,
    level=Level.WARN,
    may_be_lowered=True,
)
