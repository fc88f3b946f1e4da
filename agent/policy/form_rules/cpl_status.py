"""The status of an entry is one of the list's own words."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from agent.cpl.fields import CPL_STATUSES, FormField
from agent.findings import Level
from agent.policy.facts import FormFacts
from agent.policy.form_remarks import count_entries, find_cells, remark
from agent.policy.rule import Answer, Rule

if TYPE_CHECKING:
    from agent.cpl.entries import SubmissionForm
    from agent.formats.spreadsheet import Cell

_KNOWN: Final = frozenset(status.casefold() for status in CPL_STATUSES)


def _check(facts: FormFacts) -> Iterable[Answer]:
    if facts.form is None:
        return
    for entry, field, _ in find_cells(facts.form, (FormField.CPL_STATUS,), _is_unknown):
        expected = f"one of {', '.join(CPL_STATUSES)}"
        yield remark(facts.form, entry, field, "not a status of the CPL", expected)
    yield from _list_missing(facts.form)


def _list_missing(form: "SubmissionForm") -> Iterable[Answer]:
    """Where the form asks for a status an entry without one is told."""
    field = FormField.CPL_STATUS
    if field not in form.columns or len(form.cells_of(field)) == len(form.entries):
        return
    for entry in form.entries:
        cell = entry.cells.get(field)
        if not entry.value(field) and not (cell and cell.is_formula):
            expected = f"one of {', '.join(CPL_STATUSES)}; Active for a new entry"
            yield remark(form, entry, field, "missing", expected, level=Level.INFORM)


def _is_unknown(cell: "Cell") -> bool:
    return cell.text.strip(" ").casefold() not in _KNOWN


RULE = Rule(
    code="cpl-status",
    clause="DCC interface schema (CPL status)",
    summary="a status other than Active, Cancelled, Expired and Withdrawn; a note of none where the form has"
    " a column for it",
    check=_check,
    evidence=count_entries,
    may_be_lowered=True,
)
