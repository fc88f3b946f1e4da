"""What the rules about the form share: an answer about one cell, and the cells of a field."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
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


def find_cells(
    form: "SubmissionForm", fields: "Iterable[FormField]", is_wanted: "Callable[[Cell], bool]"
) -> "Iterator[tuple[Entry, FormField, Cell]]":
    """Yield the cells of these fields that are wanted, by what they say: it is asked of each value once."""
    for field in fields:
        values = form.values_of(field) if field in form.columns else ()
        wanted = {(cell.kind, cell.text) for cell in values if is_wanted(cell)}
        if wanted:
            for entry, cell in cells_of(form, field):
                if (cell.kind, cell.text) in wanted:
                    yield entry, field, cell


def list_without_hash(form: "SubmissionForm") -> "Sequence[Entry]":
    """List the entries whose cell for the Hash is empty; what is no Hash is another matter."""
    from agent.cpl.fields import FormField  # noqa: PLC0415 - as above

    return [
        entry
        for entry in form.entries
        if entry.image_hash is None
        and not entry.value(FormField.IMAGE_HASH)
        and not ((cell := entry.cells.get(FormField.IMAGE_HASH)) and cell.is_formula)
    ]


def fields_of(form: "SubmissionForm", *kinds: "FieldKind") -> "Iterator[FormField]":
    """Yield all fields that hold one of these kinds."""
    return chain.from_iterable(map(form.fields_of, kinds))


def count_entries(facts: FormFacts) -> Iterable[str]:
    """Say what a rule looked at that looks at every entry."""
    if facts.form is not None:
        number = len(facts.form.entries)
        yield f"{number} {'entry' if number == 1 else 'entries'} on sheet {facts.form.sheet!r}"
