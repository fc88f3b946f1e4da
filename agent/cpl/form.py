"""Reading the submission form: which sheet it is, and what each entry says."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from agent.cpl.beside import BesideForm
from agent.cpl.entries import Entry, FormColumn, SubmissionForm
from agent.cpl.fields import FormField
from agent.cpl.form_cells import FormCells
from agent.cpl.image import IMAGE_HASH_OCTETS
from agent.cpl.mapping import FormMapping
from agent.dataclass import dataclass
from agent.findings import Area, Finding, Level
from agent.formats.spreadsheet import Cell, CellKind, Row, Sheet, Workbook, quote_sheet

_HASH: Final = re.compile(rf"[0-9A-Fa-f]{{{2 * IMAGE_HASH_OCTETS}}}", re.ASCII)
_CLAUSE: Final = "docs/cpl.md, how it is read"


@dataclass(frozen=True, slots=True)
class FormHeader:
    """A header row that was recognised."""

    sheet: Sheet
    row: int
    columns: Mapping[int, FormField]
    repeated: tuple[tuple[FormField, str], ...]


def read_form(workbook: Workbook, mapping: FormMapping) -> SubmissionForm | None:
    """Read the submission form of a workbook; None when no sheet has the mapping's headers.

    Finding that costs the first rows of each sheet. Only a recognised form is read to its end.

    Raises:
        DocumentError: the workbook is malformed or over a limit.

    """
    headers = list_form_headers(workbook, mapping)
    if not headers:
        return None
    header = headers[0]
    sheet = quote_sheet(header.sheet.name)
    own, beside = FormCells(sheet), BesideForm(header.row, header.columns)
    entries: list[Entry] = []
    headings: Mapping[FormField, Cell] = {}
    columns = header.columns
    for row in header.sheet.rows():
        cells = {columns[cell.column]: cell for cell in row.cells if cell.column in columns}
        if len(cells) < len(row.cells) or row.number < header.row:
            beside.take(row)
        if row.number == header.row:
            headings = cells
            own.take(row.number, cells, are_headings=True)
        elif row.number > header.row and any(
            cell.is_formula or cell.text.strip(" ") for cell in cells.values()
        ):
            own.take(row.number, cells)
            entries.append(Entry(row.number, cells, parse_hash(cells.get(FormField.IMAGE_HASH))))
    return SubmissionForm(
        header.sheet.name,
        tuple(entries),
        (*_check_headers(headers), *_check_entries(header, entries, mapping)),
        (*own, *beside.observations(sheet)),
        _area(header, entries),
        own.heading_styles,
        own.entry_styles,
        own.number_styles,
        {
            field: FormColumn(column, headings[field].text, mapping.kinds[field])
            for column, field in sorted(header.columns.items())
        },
        mapping.required,
    )


def parse_hash(cell: Cell | None) -> bytes | None:
    """Parse a Hash; None when the cell holds none.

    A number is none, even if its digits would do: Excel shows, and saves, 15 of them.
    """
    if cell is None or cell.kind is not CellKind.STRING or cell.is_formula:
        return None
    text = cell.text.strip(" ")
    return bytes.fromhex(text) if _HASH.fullmatch(text) else None


def _area(header: FormHeader, entries: Sequence[Entry]) -> Area:
    last = entries[-1].row if entries else header.row
    return Area(header.sheet.name, (min(header.columns), max(header.columns)), (header.row, last))


def list_form_headers(workbook: Workbook, mapping: FormMapping) -> tuple[FormHeader, ...]:
    """List the header rows of submission forms, the one that is read first.

    Costs the first rows of each sheet.

    Raises:
        DocumentError: the workbook is malformed or over a limit.

    """
    headers = [
        header
        for sheet, rows in workbook.first_rows(mapping.header_rows)
        if (header := _find_header(sheet, rows, mapping)) is not None
    ]
    return tuple(sorted(headers, key=lambda header: not mapping.prefers_sheet(header.sheet.name)))


def _find_header(sheet: Sheet, rows: Sequence[Row], mapping: FormMapping) -> FormHeader | None:
    for row in rows:
        columns: dict[int, FormField] = {}
        repeated: list[tuple[FormField, str]] = []
        for cell in row.cells:
            field = mapping.find_field(cell.text) if cell.kind is CellKind.STRING else None
            if field is not None and field in columns.values():
                repeated.append((field, cell.reference))
            elif field is not None:
                columns[cell.column] = field
        if mapping.required <= set(columns.values()):
            return FormHeader(sheet, row.number, columns, tuple(repeated))
    return None


def _check_headers(headers: Sequence[FormHeader]) -> Iterator[Finding]:
    first = headers[0]
    if len(headers) > 1:
        names = ", ".join(repr(header.sheet.name) for header in headers)
        yield _finding(
            "form-ambiguous",
            Level.REFUSE,
            "the workbook",
            f"{len(headers)} sheets are submission forms: {names}",
            hint="keep one submission form in one workbook",
        )
    for field, reference in first.repeated:
        yield _finding(
            "form-header-repeated",
            Level.REFUSE,
            f"{quote_sheet(first.sheet.name)}!{reference}",
            f"a second column for {field}: which one counts would be a guess",
            hint="remove or rename one of the two columns",
        )


def _check_entries(header: FormHeader, entries: Sequence[Entry], mapping: FormMapping) -> Iterator[Finding]:
    """Find entries that are headings: another form below the first, whose columns may be others."""
    field = next(field for field in header.columns.values() if field in mapping.required)
    texts = {cell.text for entry in entries if (cell := entry.cells.get(field))}
    heading = {text for text in texts if mapping.find_field(text) is not None}
    for entry in entries if heading else ():
        named = {mapping.find_field(cell.text) for cell in entry.cells.values()}
        if mapping.required <= named:
            yield _finding(
                "form-ambiguous",
                Level.REFUSE,
                f"{quote_sheet(header.sheet.name)}!{entry.row}:{entry.row}",
                f"row {entry.row} holds headings again: a second form below the first",
                hint="keep one submission form in one workbook",
            )


def _finding(code: str, level: Level, where: str, message: str, *, hint: str) -> Finding:
    return Finding(code, level, where, message, _CLAUSE, hint)
