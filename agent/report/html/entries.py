"""The cells of the form's sheet as a table, with the findings at their cells."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from agent.findings import Finding
from agent.formats.inspection import SheetView
from agent.formats.spreadsheet import Cell, Row
from agent.formats.spreadsheet.cells import format_reference
from agent.formats.spreadsheet.lint.names import place_of
from agent.pki.names import escape_controls

_MAX_COLUMNS: Final = 40
_CHUNK: Final = 250
"""Rows of one table: a browser lays out those that are looked at."""
_LONG: Final = 300


@dataclass(frozen=True, slots=True)
class CellView:
    """One cell that has a value."""

    text: str
    is_formula: bool
    findings: tuple[int, ...]
    """Numbers of the findings at this cell."""


@dataclass(frozen=True, slots=True)
class RowView:
    """One row."""

    number: int
    cells: tuple[CellView | None, ...]
    """One for each column of the table; None is an empty cell."""
    beyond: str
    """Cells in columns that the table does not show, as text."""


@dataclass(frozen=True, slots=True)
class EntriesView:
    """The form's sheet, or the sheet that stands for it."""

    sheet: str
    part: str
    columns: tuple[tuple[str, str], ...]
    """Letters of each column, and its heading in the form."""
    rows: tuple[RowView, ...]
    has_beyond: bool
    more_rows: int
    signed_by: tuple[int, ...]
    """Numbers of the signatures that vouch for these cells."""
    not_signed_by: tuple[int, ...]

    @property
    def chunks(self) -> Iterator[tuple[RowView, ...]]:
        """The rows in portions."""
        return (self.rows[start : start + _CHUNK] for start in range(0, len(self.rows), _CHUNK))


def list_entries(view: SheetView, findings: Sequence[Finding]) -> EntriesView:
    """List the rows below the headings, or all when there are none; reads the rows of `view` to their end."""
    rows = [row for row in view.rows if view.header_row is None or row.number > view.header_row]
    used = sorted({cell.column for row in rows for cell in row.cells} | view.headings.keys())
    shown = used[:_MAX_COLUMNS]
    marks = _marks(view.sheet.name, findings)
    views = tuple(_row(row, shown, marks) for row in rows)
    return EntriesView(
        sheet=escape_controls(view.sheet.name),
        part=view.sheet.part_name,
        columns=tuple((_letters(column), escape_controls(view.headings.get(column, ""))) for column in shown),
        rows=views,
        has_beyond=any(row.beyond for row in views),
        more_rows=view.row_count - view.shown,
        signed_by=tuple(number for number, faults in enumerate(view.faults, 1) if not faults),
        not_signed_by=tuple(number for number, faults in enumerate(view.faults, 1) if faults),
    )


def _marks(sheet: str, findings: Sequence[Finding]) -> Mapping[str, tuple[int, ...]]:
    """Find the numbers of the findings by the cell they are at."""
    marks: dict[str, tuple[int, ...]] = {}
    start = place_of(sheet, "")
    for number, finding in enumerate(findings, 1):
        if finding.where.startswith(start):
            reference = finding.where.removeprefix(start)
            marks[reference] = (*marks.get(reference, ()), number)
    return marks


def _row(row: Row, columns: Sequence[int], marks: Mapping[str, tuple[int, ...]]) -> RowView:
    cells = {cell.column: cell for cell in row.cells}
    return RowView(
        row.number,
        tuple(
            _cell(cells.pop(column, None), format_reference(column, row.number), marks) for column in columns
        ),
        "; ".join(f"{cell.reference} = {_show(cell)}" for cell in cells.values())[: _LONG * 4],
    )


def _cell(cell: Cell | None, reference: str, marks: Mapping[str, tuple[int, ...]]) -> CellView | None:
    found = marks.get(reference, ())
    if cell is None:
        return CellView("", is_formula=False, findings=found) if found else None
    return CellView(_show(cell), cell.is_formula, found)


def _show(cell: Cell) -> str:
    text = escape_controls(cell.text[: _LONG + 1])
    return text if len(cell.text) <= _LONG else f"{text[:_LONG]}… ({len(cell.text)} characters)"


def _letters(column: int) -> str:
    return format_reference(column, 1).removesuffix("1")
