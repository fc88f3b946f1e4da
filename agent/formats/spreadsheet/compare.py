"""Two sheets compared cell by cell, both streamed: memory does not grow with them."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from agent.dataclass import dataclass
from agent.formats.spreadsheet.cells import Cell, Row

_Item = TypeVar("_Item", Row, Cell)


@dataclass(frozen=True, slots=True)
class CellChange:
    """A cell that differs; None where it has neither value nor formula."""

    sheet: str
    """The sheet's name."""
    reference: str
    a: Cell | None
    b: Cell | None

    @property
    def is_style_alone(self) -> bool:
        """Whether both show the same value, by another index into the styles."""
        return (
            self.a is not None
            and self.b is not None
            and (self.a.kind, self.a.text, self.a.is_formula) == (self.b.kind, self.b.text, self.b.is_formula)
        )


def compare_rows(sheet: str, a: Iterable[Row], b: Iterable[Row]) -> Iterator[CellChange]:
    """Yield the cells that differ between the rows of two sheets, in their order.

    Of a formula its cached result is compared. `sheet` is what the changes call the sheet.
    """
    for row_a, row_b in _pair(a, b, lambda row: row.number):
        if row_a == row_b:
            continue
        cells_a, cells_b = row_a.cells if row_a else (), row_b.cells if row_b else ()
        for cell_a, cell_b in _pair(cells_a, cells_b, lambda cell: cell.column):
            cell = cell_a or cell_b
            if cell is not None and cell_a != cell_b:
                yield CellChange(sheet, cell.reference, cell_a, cell_b)


def _pair(
    a: Iterable[_Item], b: Iterable[_Item], key: Callable[[_Item], int]
) -> Iterator[tuple[_Item | None, _Item | None]]:
    """Pair what has the same key; both come in the order of their keys, each key once."""
    rest_a, rest_b = iter(a), iter(b)
    item_a, item_b = next(rest_a, None), next(rest_b, None)
    while item_a is not None or item_b is not None:
        takes_a = item_a is not None and (item_b is None or key(item_a) <= key(item_b))
        takes_b = item_b is not None and (item_a is None or key(item_b) <= key(item_a))
        yield (item_a if takes_a else None), (item_b if takes_b else None)
        item_a = next(rest_a, None) if takes_a else item_a
        item_b = next(rest_b, None) if takes_b else item_b
