"""Digits that are fewer than they should be: a program may have dropped zeros.

A firmware version is counted by itself too: octets have two digits each, and the file version of a ZigBee OTA
upgrade file has four octets (ZigBee document 095264, clause 6.3.2).
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

from agent.cpl.fields import FieldKind, FormField
from agent.findings import Level
from agent.policy.facts import FormFacts
from agent.policy.form_remarks import cells_of, count_entries, remark
from agent.policy.rule import Answer, Rule

if TYPE_CHECKING:
    from agent.cpl.entries import SubmissionForm
    from agent.formats.spreadsheet import Cell

_VERSION: Final = FormField.FIRMWARE_VERSION
_DIGITS: Final = 8
"""Of a firmware version at most (DCC interface schema), and of one with four octets."""
_HEXADECIMAL: Final = frozenset("0123456789abcdefABCDEF")


def _check(facts: FormFacts) -> Iterable[Answer]:
    form = facts.form
    for field in form.fields_of(FieldKind.HEX) if form else ():
        if form is not None:
            yield from _check_versions(form) if field is _VERSION else _check_column(form, field)


def _check_column(form: "SubmissionForm", field: FormField) -> Iterator[Answer]:
    """Compare with what most entries have: how many digits there should be is not known."""
    lengths = Counter(_measure(cell) for _, cell in cells_of(form, field))
    usual, count = lengths.most_common(1)[0] if lengths else (0, 0)
    if 2 * count <= lengths.total() or len(lengths) == 1:
        return
    for entry, cell in cells_of(form, field):
        length = _measure(cell)
        if length < usual:
            message = f"{length} digits where most entries have {usual}: leading zeros may be lost"
            yield remark(form, entry, field, message, f"{usual} digits, or the same number in all entries")


def _check_versions(form: "SubmissionForm") -> Iterator[Answer]:
    longest = max((_measure(cell) for cell in form.values_of(_VERSION) if _is_digits(cell)), default=0)
    longest = min(longest, _DIGITS)
    for entry, cell in cells_of(form, _VERSION):
        length = _measure(cell)
        if length >= _DIGITS or not _is_digits(cell):
            continue
        level = None
        if length < longest:
            message = f"{length} digits where other entries have {longest}: leading zeros may be lost"
        elif length % 2:
            message = f"{length} digits, and an octet has two: a leading zero may be lost"
        else:
            message = f"{length} digits: leading zeros may be lost, if it has four octets"
            level = Level.INFORM
        expected = f"{_DIGITS} digits, zeros at the start included"
        yield remark(form, entry, _VERSION, message, expected, level=level)


def _measure(cell: "Cell") -> int:
    return len(cell.text.strip(" "))


def _is_digits(cell: "Cell") -> bool:
    # Anything else, numbers included, is told by rules that refuse.
    return cell.kind == "string" and _HEXADECIMAL.issuperset(cell.text.strip(" "))


RULE = Rule(
    code="leading-zeros",
    clause="CPL submission form (hexadecimal Device Model details)",
    summary="fewer digits than most entries have in the same column; a firmware version with fewer than"
    " another, or an odd number of them (a note when it has an even number below 8)",
    check=_check,
    evidence=count_entries,
    level=Level.WARN,
    may_be_lowered=True,
)
