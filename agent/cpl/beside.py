"""What stands beside the cells that the form is read from: signed, and read by nobody."""

from collections.abc import Collection, Iterator
from typing import Final

from agent.cpl.lints import CELLS_OUTSIDE, COLUMN_NOT_READ, TITLE_FORMULA
from agent.findings import Observation
from agent.formats.spreadsheet import Cell, Row

_SHOWN: Final = 5
"""Cells that are named one by one."""


class BesideForm:
    """Collects the cells of the form's sheet that are not the form's."""

    def __init__(self, header_row: int, columns: Collection[int]) -> None:
        """Take where the headings are, and which columns are read."""
        self._header_row = header_row
        self._columns = columns
        self._headed: set[int] = set()
        self._unread: dict[int, str] = {}
        self._outside: list[Cell] = []
        self._uncounted = 0
        self._formulas: list[str] = []

    def take(self, row: Row) -> None:
        """Take the next row, whatever it is."""
        others = [cell for cell in row.cells if cell.column not in self._columns and _says_something(cell)]
        if row.number == self._header_row:
            self._headed = {cell.column for cell in others}
            return
        if row.number < self._header_row:
            self._formulas += [cell.reference for cell in row.cells if cell.is_formula]
        for cell in others:
            if row.number < self._header_row:
                if cell.column > max(self._columns):
                    self._note(cell)
            elif cell.column in self._headed:
                self._unread.setdefault(cell.column, cell.reference)
            else:
                self._note(cell)

    def _note(self, cell: Cell) -> None:
        if len(self._outside) < _SHOWN:
            self._outside.append(cell)
        else:
            self._uncounted += 1

    def observations(self, sheet: str) -> Iterator[Observation]:
        """Yield what was found; `sheet` is the sheet's name, quoted as in formulas."""
        for cell in self._outside:
            message = f"the cell is outside of the form, and nobody reads it: {cell.text[:40]!a}"
            yield Observation(CELLS_OUTSIDE.code, f"{sheet}!{cell.reference}", message)
        if self._uncounted:
            message = f"{self._uncounted} more cells outside of the form"
            yield Observation(CELLS_OUTSIDE.code, sheet, message)
        for reference in self._formulas[:_SHOWN]:
            message = "a formula makes what stands above the headings, so it may change after it was signed"
            yield Observation(TITLE_FORMULA.code, f"{sheet}!{reference}", message)
        for reference in self._unread.values():
            message = "the form mapping does not know this column: what it says was not read"
            yield Observation(COLUMN_NOT_READ.code, f"{sheet}!{reference}", message)


def _says_something(cell: Cell) -> bool:
    return cell.is_formula or bool(cell.text.strip())
