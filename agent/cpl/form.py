"""Reading the submission form: which sheet it is, and what each entry says."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as defaulted
from typing import Final

from agent.cpl.beside import BesideForm
from agent.cpl.fields import FormField
from agent.cpl.form_cells import FormCells
from agent.cpl.image import IMAGE_HASH_OCTETS
from agent.cpl.mapping import FormMapping
from agent.findings import Area, Finding, Level, Observation
from agent.formats.spreadsheet import Cell, CellKind, Row, Sheet, Workbook, format_reference

_HASH: Final = re.compile(rf"[0-9A-Fa-f]{{{2 * IMAGE_HASH_OCTETS}}}", re.ASCII)
_SHOWN: Final = 80
_CLAUSE: Final = "SEC MP168, CPL submission form"


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the form: a Device Model."""

    row: int
    """From 1, as the spreadsheet program shows it."""
    values: Mapping[str, str]
    """Field name (a `FormField`) to the cell's text without surrounding spaces; empty cells are absent."""
    image_hash: bytes | None
    """The 32 octets; None when the cell is empty or is not a Hash (then a finding says so)."""
    image_hash_cell: str
    """Where the Hash is or should be, such as `'CPL submission'!N5`; the row when there is no such column."""

    @property
    def device_type(self) -> str:
        """The device type as written; empty when the cell is."""
        return self.values.get(FormField.DEVICE_TYPE, "")


@dataclass(frozen=True, slots=True)
class SubmissionForm:
    """What the form says, and what could not be read."""

    sheet: str
    entries: tuple[Entry, ...]
    findings: tuple[Finding, ...]
    observations: tuple[Observation, ...] = ()
    """Formulas in its cells, and what stands beside them: for the content lint."""
    area: Area | None = None
    """The headings and entries, as one rectangle."""
    styles: Mapping[int, str] = defaulted(default_factory=dict)
    """Cell format to the first of its cells that has it."""
    number_styles: Mapping[int, str] = defaulted(default_factory=dict)
    """The same for cells with a number where the form asks for text."""

    @property
    def image_hashes(self) -> tuple[bytes, ...]:
        """The different Hashes of all entries, in the order of the form."""
        return tuple(
            dict.fromkeys(entry.image_hash for entry in self.entries if entry.image_hash is not None)
        )


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
    findings = [*_check_headers(headers)]
    entries: list[Entry] = []
    own = FormCells(_quoted(header.sheet))
    beside = BesideForm(header.row, header.columns)
    for row in header.sheet.rows():
        beside.take(row)
        cells = {header.columns[cell.column]: cell for cell in row.cells if cell.column in header.columns}
        if row.number == header.row:
            own.take(row.number, cells, are_headings=True)
        elif row.number > header.row and any(
            cell.is_formula or cell.text.strip(" ") for cell in cells.values()
        ):
            findings.extend(_check_cells(header.sheet, cells))
            own.take(row.number, cells)
            entries.append(_build_entry(header, row.number, cells))
    return SubmissionForm(
        header.sheet.name,
        tuple(entries),
        tuple(findings),
        (*own, *beside.observations(_quoted(header.sheet))),
        _area(header, entries),
        own.styles,
        own.number_styles,
    )


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
            _place(first.sheet, reference),
            f"a second column for {field}: which one counts would be a guess",
            hint="remove or rename one of the two columns",
        )


def _check_cells(sheet: Sheet, cells: Mapping[FormField, Cell]) -> Iterator[Finding]:
    for field, cell in cells.items():
        is_hash = field is FormField.IMAGE_HASH and not cell.is_formula
        if is_hash and cell.text.strip(" ") and _parse_hash(cell) is None:
            yield _finding(
                "image-hash-malformed",
                Level.REFUSE,
                _place(sheet, cell.reference),
                f"not a Hash of {IMAGE_HASH_OCTETS} octets as {2 * IMAGE_HASH_OCTETS} hexadecimal digits in a"
                f" text cell: {cell.text[:_SHOWN]!a}",
                hint="format the cell as text and enter what `iki cpl hash IMAGE` prints",
            )


def _build_entry(header: FormHeader, row: int, cells: Mapping[FormField, Cell]) -> Entry:
    values = {field.value: text for field, cell in cells.items() if (text := cell.text.strip(" "))}
    columns = [column for column, field in header.columns.items() if field is FormField.IMAGE_HASH]
    cell = cells.get(FormField.IMAGE_HASH)
    return Entry(
        row,
        values,
        None if cell is None else _parse_hash(cell),
        _place(header.sheet, format_reference(columns[0], row))
        if columns
        else f"{_quoted(header.sheet)}!{row}:{row}",
    )


def _parse_hash(cell: Cell) -> bytes | None:
    # A number is refused even if its digits would do: Excel shows, and saves, 15 of them.
    text = cell.text.strip(" ")
    if cell.kind is not CellKind.STRING or cell.is_formula or _HASH.fullmatch(text) is None:
        return None
    return bytes.fromhex(text)


def _quoted(sheet: Sheet) -> str:
    return "'" + sheet.name.replace("'", "''") + "'"


def _place(sheet: Sheet, reference: str) -> str:
    return f"{_quoted(sheet)}!{reference}"


def _finding(code: str, level: Level, where: str, message: str, *, hint: str) -> Finding:
    return Finding(code, level, where, message, _CLAUSE, hint)
