"""A second reading of a sheet with merged cells: they are listed after the cells that they hide.

It ends with the last row that a merged cell reaches.
"""

import re
from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Iterator, Sequence
from heapq import heappop, heappush
from typing import Final

from lxml import etree

from agent.formats.spreadsheet.cells import quote_sheet
from agent.formats.spreadsheet.lint.check import LintedRow
from agent.formats.spreadsheet.lint.checks import merged_data
from agent.formats.spreadsheet.lint.row_parser import RowWindow
from agent.formats.spreadsheet.lint.sheet_scan import SheetScan
from agent.formats.spreadsheet.lint.splitter import Lost, SheetSplitter
from agent.formats.spreadsheet.lint.surroundings import note_lost

_SAYS = "the cell is under a merged cell: a reader does not see it"
_NUMBER: Final = re.compile(rb"\sr\s*=\s*[\"']\s*\+?([0-9]{1,9})\s*[\"']")
"""The number of a row; a cell's reference has letters."""
_Merge = tuple[int, int, int, int]


class MergedCells:
    """Finds content under the merged cells that the first reading listed."""

    def __init__(self, scan: SheetScan) -> None:
        """Take what the first reading found."""
        self._scan = scan
        self._waiting = sorted(scan.sheet.merges, key=lambda merge: merge[1], reverse=True)
        self._active: list[_Merge] = []
        """Those that reach the row at hand, by their first column."""
        self._ending: list[tuple[int, _Merge]] = []
        """The same as a heap, by their last row."""
        self._last_row = max(merge[3] for merge in self._waiting)
        self._reached = 0
        self._window: RowWindow | None = None
        self._row_starts: Sequence[bytes] = ()
        self._splitter = SheetSplitter(self._begin_rows, self._look_at, lambda _: None)

    def read(self, pieces: Iterable[bytes | memoryview]) -> None:
        """Read the part again, as far as merged cells reach."""
        try:
            for piece in pieces:
                self._splitter.feed(piece)
                if self._reached > self._last_row or self._scan.notes.is_full(merged_data.CHECK.lint):
                    return
        except (Lost, etree.XMLSyntaxError):
            reason = "its rows cannot be told apart, or are too many"
            note_lost(self._scan.notes, quote_sheet(self._scan.sheet.name), reason)

    def _begin_rows(self, before: bytes, table: bytes) -> Sequence[bytes]:
        del before
        around = self._scan.surroundings
        self._window = RowWindow(around.namespaces, table)
        names = around.names("row")
        self._row_starts = [b"<" + name for name in names]
        return names

    def _look_at(self, rows: bytes) -> None:
        numbers = _NUMBER.findall(rows)
        if len(numbers) == sum(map(rows.count, self._row_starts)) and not self._reach(numbers):
            self._reached = int(numbers[-1])
            return
        for row in self._parse(rows):
            self._reached = row.number
            self._check(row)

    def _parse(self, rows: bytes) -> Iterator[LintedRow]:
        return self._window.parse(rows, complete=True, last=self._last_row) if self._window else iter(())

    def _reach(self, numbers: Sequence[bytes]) -> bool:
        """Tell whether a merged cell may reach a row between the first and the last number."""
        if not numbers:
            return True
        first, last = int(numbers[0]), int(numbers[-1])
        begins = bool(self._waiting) and self._waiting[-1][1] <= last
        return begins or any(end >= first for end, _ in self._ending)

    def _check(self, row: LintedRow) -> None:
        if not row.contents:
            return
        while self._waiting and self._waiting[-1][1] <= row.number:
            # Merged cells do not overlap (18.3.1.55), so the one that starts last before a cell is the one.
            merge = self._waiting.pop()
            insort(self._active, merge)
            heappush(self._ending, (merge[3], merge))
        while self._ending and self._ending[0][0] < row.number:
            _, ended = heappop(self._ending)
            del self._active[bisect_left(self._active, ended)]
        for cell in row.contents if self._active else ():
            index = bisect_right(self._active, (cell.column, 1 << 30, 0, 0)) - 1
            merge = self._active[max(index, 0)]
            is_first = (cell.column, row.number) == merge[:2]
            if merge[0] <= cell.column <= merge[2] and not is_first:
                self._scan.notes.add(merged_data.CHECK.lint, self._scan.sheet.place(cell.reference), _SAYS)
