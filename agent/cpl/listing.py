"""Entries as JSON and as CSV: what fills a new form, and what a form gives back.

JSON is a list of objects with field names and texts; CSV has a line of field names, or of headings that the
form mapping knows. Dates are written `2029-03-31`. Fields that say nothing are left out.
"""

import csv
import io
import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Final

from agent.cpl.entries import SubmissionForm, show_value
from agent.cpl.fields import DATE_FIELDS, FieldKind, FormField
from agent.cpl.mapping import FormMapping
from agent.errors import UsageError
from agent.formats.spreadsheet import Cell

MOST_ENTRIES: Final = 100_000
_LONGEST: Final = 32_767
"""Characters of one cell, as Excel has it."""
_DAY: Final = re.compile(r"(?:19|[2-9][0-9])[0-9]{2}-[0-9]{2}-[0-9]{2}", re.ASCII)
_FIRST_DAY: Final = date(1900, 3, 1)
"""The first day that all programs count in the same way."""

Entries = Sequence[Mapping[FormField, str | date]]


def parse_json(data: bytes, where: str) -> Entries:
    """Parse entries from JSON, as `write_json` writes them.

    Raises:
        UsageError: `entries-invalid`, naming the entry and field.

    """
    try:
        listed = json.loads(data.decode("utf-8-sig"), object_pairs_hook=_Members)
    except (ValueError, RecursionError) as error:
        raise _invalid(where, f"not JSON: {error}") from error
    if (
        not isinstance(listed, list)
        or isinstance(listed, _Members)
        or not all(isinstance(item, _Members) for item in listed)
    ):
        raise _invalid(where, "not a list of objects, one for each entry")
    return _build(((f"entry {number}", list(item)) for number, item in enumerate(listed, 1)), _by_name, where)


def parse_csv(data: bytes, where: str, mapping: FormMapping) -> Entries:
    """Parse entries from CSV (RFC 4180, UTF-8).

    Raises:
        UsageError: `entries-invalid`, naming the line and column.

    """
    try:
        lines = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True))
    except (ValueError, csv.Error) as error:
        raise _invalid(where, f"not CSV in UTF-8: {error}") from error
    head, rows = (lines[0], lines[1:]) if lines else ([], [])
    for name in head:
        if _find_csv_field(name, mapping) is None:
            separator = next((char for char in ";\t|" if len(head) == 1 and char in name), "")
            raise _invalid(
                where,
                f"line 1: {name[:40]!a} is no field",
                f"values are separated by commas, and this line has {separator!a}" if separator else "",
            )
    for number, row in enumerate(rows, 2):
        if len(row) > len(head):
            raise _invalid(where, f"line {number} has {len(row)} values, the first has {len(head)}")
    named: Iterable[tuple[str, list[tuple[str, object]]]] = (
        (f"line {number}", list(zip(head, row, strict=False))) for number, row in enumerate(rows, 2)
    )
    return _build(named, lambda name: _find_csv_field(name, mapping), where)


class _Members(list[tuple[str, object]]):
    """The members of a JSON object as they stand there: one that stands there twice is seen."""


def _find_csv_field(name: str, mapping: FormMapping) -> FormField | None:
    return _by_name(name) or mapping.find_field(name)


def _by_name(name: str) -> FormField | None:
    return FormField(name) if name in FormField.__members__.values() else None


def _build(
    listed: Iterable[tuple[str, list[tuple[str, object]]]],
    find: Callable[[str], FormField | None],
    where: str,
) -> Entries:
    entries: list[Mapping[FormField, str | date]] = []
    for place, members in listed:
        entry: dict[FormField, str | date] = {}
        for name, value in members:
            field = find(name)
            if field is None:
                raise _invalid(where, f"{place}: {name[:40]!a} is no field")
            if field in entry:
                raise _invalid(where, f"{place}: {field} stands there twice")
            if not isinstance(value, str):
                raise _invalid(where, f"{place}: {field} is not a text in quotation marks")
            text = value.strip(" ")
            _check_text(text, f"{place}: {field}", where)
            if text:
                entry[field] = _read_value(field, text)
        if entry:
            entries.append(entry)
        if len(entries) > MOST_ENTRIES:
            raise _invalid(where, f"more than {MOST_ENTRIES} entries")
    return entries


def _check_text(text: str, place: str, where: str) -> None:
    if len(text) > _LONGEST:
        raise _invalid(where, f"{place} has {len(text)} characters, more than a cell may have")
    foreign = next((char for char in text if unicodedata.category(char) in {"Cc", "Cs", "Cn"}), "")
    if foreign:
        raise _invalid(where, f"{place} holds U+{ord(foreign):04X}, which no cell may hold")


def _read_value(field: FormField, text: str) -> str | date:
    if field not in DATE_FIELDS or _DAY.fullmatch(text) is None:
        return text
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return text  # the checks of the form name it at its cell
    return day if day >= _FIRST_DAY else text


def list_entries(form: SubmissionForm) -> list[dict[str, str]]:
    """List what each entry says, by the names of the fields, in the order of the columns."""
    listed = []
    for entry in form.entries:
        values = {
            field.value: _write_value(form, field, entry.value(field), cell)
            for field, cell in entry.cells.items()
            if entry.value(field)
        }
        listed.append(values)
    return listed


def _write_value(form: SubmissionForm, field: FormField, text: str, cell: Cell) -> str:
    is_day = form.columns[field].kind is FieldKind.DATE and cell.kind != "string"
    return show_value(cell, FieldKind.DATE) if is_day else text


def write_json(form: SubmissionForm) -> str:
    """Write the entries as JSON."""
    return json.dumps(list_entries(form), indent=2, ensure_ascii=False) + "\n"


def write_csv(form: SubmissionForm) -> str:
    """Write the entries as CSV (RFC 4180): a column for each field that the form has."""
    output = io.StringIO(newline="")
    writer = csv.DictWriter(output, [field.value for field in form.columns], restval="")
    writer.writeheader()
    writer.writerows(list_entries(form))
    return output.getvalue()


def _invalid(where: str, message: str, hint: str = "") -> UsageError:
    return UsageError(
        "entries-invalid",
        f"{where}: {' '.join(message.split())}",
        hint=hint
        or "`iki cpl export FORM` writes entries as they are read; the fields are " + ", ".join(FormField),
    )
