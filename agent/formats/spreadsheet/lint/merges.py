"""A second reading of a sheet with merged cells: they are listed after the cells that they hide.

It ends with the last row that a merged cell reaches.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence

from lxml import etree

from agent.formats.spreadsheet.lint.check import LintedRow
from agent.formats.spreadsheet.lint.checks import merged_data
from agent.formats.spreadsheet.lint.names import quote_sheet
from agent.formats.spreadsheet.lint.row_parser import RowWindow
from agent.formats.spreadsheet.lint.sheet_scan import SheetScan
from agent.formats.spreadsheet.lint.splitter import Lost, SheetSplitter
from agent.formats.spreadsheet.lint.surroundings import note_lost

_SAYS = "the cell is under a merged cell: a reader does not see it"
_Merge = tuple[int, int, int, int]


class MergedCells:
    """Finds content under the merged cells that the first reading listed."""

    def __init__(self, scan: SheetScan) -> None:
        """Take what the first reading found."""
        self._scan = scan
        self._waiting = sorted(scan.sheet.merges, key=lambda merge: merge[1], reverse=True)
        self._active: list[_Merge] = []
        self._last_row = max(merge[3] for merge in self._waiting)
        self._reached = 0
        self._window: RowWindow | None = None
        self._splitter = SheetSplitter(self._begin_rows, self._look_at, lambda _: None)

    def read(self, pieces: Iterable[bytes | memoryview]) -> None:
        """Read the part again, as far as merged cells reach."""
        try:
            for piece in pieces:
                self._splitter.feed(piece)
                if self._reached > self._last_row or self._scan.notes.is_full(merged_data.CHECK.lint):
                    return
        except (Lost, etree.XMLSyntaxError):
            note_lost(self._scan.notes, quote_sheet(self._scan.sheet.name), "its rows cannot be told apart")

    def _begin_rows(self, before: bytes, table: bytes) -> Sequence[bytes]:
        del before
        around = self._scan.surroundings
        self._window = RowWindow(around.namespaces, table)
        return around.names("row")

    def _look_at(self, rows: bytes) -> None:
        for row in self._window.parse(rows, complete=True) if self._window else ():
            self._reached = row.number
            if self._reached <= self._last_row:
                self._check(row)

    def _check(self, row: LintedRow) -> None:
        known = len(self._active)
        self._active = [merge for merge in self._active if merge[3] >= row.number]
        begun = False
        while self._waiting and self._waiting[-1][1] <= row.number:
            self._active.append(self._waiting.pop())
            begun = True
        if begun or known != len(self._active):
            # Merged cells do not overlap (18.3.1.55), so the one that starts last before a cell is the one.
            self._active = sorted(merge for merge in self._active if merge[3] >= row.number)
        for cell in row.contents if self._active else ():
            index = bisect_right(self._active, (cell.column, 1 << 30, 0, 0)) - 1
            merge = self._active[max(index, 0)]
            is_first = (cell.column, row.number) == merge[:2]
            if merge[0] <= cell.column <= merge[2] and not is_first:
                self._scan.notes.add(merged_data.CHECK.lint, self._scan.sheet.place(cell.reference), _SAYS)
