"""The cells of the form's sheet as a table, with the findings at their cells."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from agent.cpl.dates import format_day, read_date
from agent.dataclass import dataclass
from agent.findings import Finding
from agent.formats.inspection import SheetView
from agent.formats.spreadsheet import Cell, CellKind, Row, format_reference, quote_sheet
from agent.pki.names import escape_controls

_MAX_COLUMNS: Final = 40
_CHUNK: Final = 250
"""Rows of one table: a browser lays out those that are looked at."""
_LONG: Final = 300
_NARROWEST: Final = 4
_WIDEST: Final = 38
"""Digits that a line of a cell has room for."""
_CAPITALS: Final = 1.15
"""How much wider they are than digits."""


@dataclass(frozen=True, slots=True)
class CellView:
    """One cell that has a value."""

    text: str
    """A date is spelled out; what was written in its place, if that was a text, stands in brackets."""
    is_formula: bool
    findings: tuple[int, ...]
    """Numbers of the findings at this cell."""
    stored: str = ""
    """The number that the cell holds where `text` is the date that it stands for."""


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
    """That of the Hash, then the others as they stand: letters, and the heading in the form."""
    widths: tuple[int, ...]
    """Digits that a line of each column has room for, by what stands in it."""
    lines: int
    """Lines that a row may need at these widths."""
    rows: tuple[RowView, ...]
    hash_first: bool
    """Whether the column of the Hash was put in front of those that it stands behind."""
    has_beyond: bool
    has_dates: bool
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
    # What is signed for is the Hash: it stands first, where nobody has to scroll for it.
    used = sorted(
        {cell.column for row in rows for cell in row.cells} | view.headings.keys(),
        key=lambda column: (column != view.hash_column, column),
    )
    shown = used[:_MAX_COLUMNS]
    marks = _marks(view.sheet.name, findings)
    views = tuple(_row(row, shown, marks, view.date_columns) for row in rows)
    columns = tuple((_letters(column), escape_controls(view.headings.get(column, ""))) for column in shown)
    longest = tuple(
        max((len(cell.text) for row in views if (cell := row.cells[place])), default=0)
        for place in range(len(columns))
    )
    widths = tuple(map(_width, longest, (heading for _, heading in columns)))
    return EntriesView(
        sheet=escape_controls(view.sheet.name),
        part=view.sheet.part_name,
        columns=columns,
        widths=widths,
        lines=max(
            (round(_CAPITALS * length / width + 0.49) for length, width in zip(longest, widths, strict=True)),
            default=1,
        ),
        rows=views,
        hash_first=bool(used) and used[0] != min(used),
        has_beyond=any(row.beyond for row in views),
        has_dates=any(cell.stored for row in views for cell in row.cells if cell),
        more_rows=view.row_count - view.shown,
        signed_by=tuple(number for number, faults in enumerate(view.faults, 1) if not faults),
        not_signed_by=tuple(number for number, faults in enumerate(view.faults, 1) if faults),
    )


def _width(longest: int, heading: str) -> int:
    """Choose a column's width: for its longest text, if not too long, and each word of its heading."""
    words = max(map(len, heading.split()), default=0)
    return min(max(round(_CAPITALS * max(longest, words)), _NARROWEST), _WIDEST)


def _marks(sheet: str, findings: Sequence[Finding]) -> Mapping[str, tuple[int, ...]]:
    """Find the numbers of the findings by the cell they are at."""
    marks: dict[str, tuple[int, ...]] = {}
    start = f"{quote_sheet(sheet)}!"
    for number, finding in enumerate(findings, 1):
        if finding.where.startswith(start):
            reference = finding.where.removeprefix(start)
            marks[reference] = (*marks.get(reference, ()), number)
    return marks


def _row(
    row: Row, columns: Sequence[int], marks: Mapping[str, tuple[int, ...]], dates: frozenset[int]
) -> RowView:
    cells = {cell.column: cell for cell in row.cells}
    views = []
    for column in columns:
        found = marks.get(format_reference(column, row.number), ()) if marks else ()
        views.append(_cell(cells.pop(column, None), found, is_date=column in dates))
    beyond = "; ".join(f"{cell.reference} = {_show(cell)}" for cell in cells.values())
    return RowView(row.number, tuple(views), beyond[: _LONG * 4])


def _cell(cell: Cell | None, found: tuple[int, ...], *, is_date: bool) -> CellView | None:
    if cell is None:
        return CellView("", is_formula=False, findings=found) if found else None
    day = read_date(cell) if is_date else None
    if day is None:
        return CellView(_show(cell), cell.is_formula, found)
    spelled = format_day(day.day)
    if cell.kind is CellKind.NUMBER:
        return CellView(spelled, cell.is_formula, found, cell.text)
    written = "" if cell.text == spelled else f" ({_show(cell)})"
    return CellView(f"{spelled}{written}", cell.is_formula, found)


def _show(cell: Cell) -> str:
    text = escape_controls(cell.text[: _LONG + 1])
    return text if len(cell.text) <= _LONG else f"{text[:_LONG]}… ({len(cell.text)} characters)"


def _letters(column: int) -> str:
    return format_reference(column, 1).removesuffix("1")
