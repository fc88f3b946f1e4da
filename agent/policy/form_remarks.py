"""What the rules about the form share: an answer about one cell, and the cells of a field."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Final

from agent.findings import CellRemark, Level
from agent.policy.facts import FormFacts
from agent.policy.rule import Answer

if TYPE_CHECKING:
    # `iki --help` and the judging of certificates do without the reader of forms.
    from agent.cpl.entries import Entry, SubmissionForm
    from agent.cpl.fields import FieldKind, FormField
    from agent.formats.spreadsheet import Cell

_LONGEST: Final = 80


def remark(
    form: "SubmissionForm",
    entry: "Entry",
    field: "FormField",
    message: str,
    expected: str,
    *,
    level: Level | None = None,
) -> Answer:
    """Build the answer about a field of an entry, at its cell, with what stands there and what should."""
    from agent.cpl.entries import show_written  # noqa: PLC0415 - as above
    from agent.formats.spreadsheet import quote_sheet  # noqa: PLC0415

    reference = form.reference(entry, field)
    column = form.columns.get(field)
    value = show_written(entry.cells.get(field), column.kind) if column else ""
    cut = value if len(value) <= _LONGEST else value[:_LONGEST] + "…"
    return Answer(
        f"{quote_sheet(form.sheet)}!{reference}",
        f"{field.words} {cut!a}: {message}" if value else f"{field.words}: {message}",
        f"expected: {expected}",
        level=level,
        remark=CellRemark(form.sheet, reference, field.value, cut, message, expected),
    )


def cells_of(form: "SubmissionForm", field: "FormField") -> "Sequence[tuple[Entry, Cell]]":
    """List the cells of a field that say something; none when the form has no such column."""
    return form.cells_of(field) if field in form.columns else ()


def cells_of_kind(form: "SubmissionForm", *kinds: "FieldKind") -> "Iterator[tuple[Entry, FormField, Cell]]":
    """Yield the cells of all fields that hold one of these kinds."""
    for kind in kinds:
        for field in form.fields_of(kind):
            for entry, cell in cells_of(form, field):
                yield entry, field, cell


def count_entries(facts: FormFacts) -> Iterable[str]:
    """Say what a rule looked at that looks at every entry."""
    if facts.form is not None:
        yield f"{len(facts.form.entries)} entries on sheet {facts.form.sheet!r}"
