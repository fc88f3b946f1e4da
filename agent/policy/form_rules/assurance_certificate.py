"""An assurance certificate has a reference, and a date that can be read."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from agent.cpl.dates import format_day
from agent.cpl.fields import FormField
from agent.findings import Level
from agent.policy.assurance import ASSURANCES, find_ends
from agent.policy.facts import FormFacts
from agent.policy.form_remarks import count_entries, remark
from agent.policy.rule import Answer, Rule

if TYPE_CHECKING:
    from agent.cpl.entries import SubmissionForm

_EXPECTED: Final = "a date, in a date cell or as 31 March 2029"


def _check(facts: FormFacts) -> Iterable[Answer]:
    form = facts.form
    if form is None:
        return
    for assurance, entry, field, day in find_ends(form, lambda day: day is None or day.is_ambiguous):
        if day is None:
            yield remark(form, entry, field, f"not a date of a {assurance.name} certificate", _EXPECTED)
        else:
            message = f"read with the day first, as {format_day(day.day)}; others may read the month first"
            yield remark(form, entry, field, message, _EXPECTED, level=Level.WARN)
    yield from _check_pairs(form)


def _check_pairs(form: "SubmissionForm") -> Iterable[Answer]:
    for assurance in ASSURANCES:
        dates = [field for field in assurance.dates if field in form.columns]
        if assurance.reference not in form.columns or not dates:
            continue
        whole = _list_rows(form, (assurance.reference,)) & _list_rows(form, dates)
        for entry in form.entries:
            if entry.row in whole:
                continue
            has_date = any(entry.value(field) for field in dates)
            has_reference = bool(entry.value(assurance.reference))
            if has_reference and not has_date:
                message, expected = "missing, and the certificate is named", "the day on which it ends"
                yield remark(form, entry, dates[0], message, expected, level=Level.WARN)
            elif has_date and not has_reference:
                message = "missing, and the day on which it ends is given"
                expected = f"the reference of the {assurance.name} certificate"
                yield remark(form, entry, assurance.reference, message, expected, level=Level.WARN)


def _list_rows(form: "SubmissionForm", fields: Iterable[FormField]) -> set[int]:
    return {entry.row for field in fields for entry, _ in form.cells_of(field)}


RULE = Rule(
    code="assurance-certificate",
    clause="CPL submission form (ZigBee, DLMS and CPA assurance certificates)",
    summary="an end of an assurance certificate that is no date; warns of one that can be read in two ways,"
    " and of a reference or date that is missing",
    check=_check,
    evidence=count_entries,
    may_be_lowered=True,
)
