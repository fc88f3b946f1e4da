"""One row element into cells (ECMA-376 part 1, clauses 18.3.1.73 and 18.3.1.4).

A positive profile: what the schema does not put into a row is refused, not skipped, since
another program might read it differently.
"""

import re
from typing import Final

from lxml.etree import _Element as Element

from agent.formats.spreadsheet.cells import (
    Cell,
    CellKind,
    SharedCell,
    UnresolvedRow,
    format_reference,
    parse_reference,
)
from agent.formats.spreadsheet.formulas import FormulaRanges
from agent.formats.spreadsheet.limits import SpreadsheetLimits
from agent.formats.spreadsheet.text import bounded_text, rich_text, simple_content
from agent.formats.spreadsheet.xml import malformed, over_limit

_INDEX: Final = re.compile(r"[0-9]{1,9}")
_KINDS: Final = {
    "n": CellKind.NUMBER,
    "b": CellKind.BOOLEAN,
    "e": CellKind.ERROR,
    "d": CellKind.DATE,
    "s": CellKind.STRING,
    "str": CellKind.STRING,
    "inlineStr": CellKind.STRING,
}


def parse_index(text: str, where: str) -> int:
    """Parse an unsigned integer of at most nine digits.

    Raises:
        DocumentError: `spreadsheet-malformed`.

    """
    if _INDEX.fullmatch(text) is None:
        raise malformed(where, f"{text[:20]!r} is not an index")
    return int(text)


class RowParser:
    """Parses the rows of one sheet in their order; remembers only what a later row depends on."""

    def __init__(self, part_name: str, namespace: str, limits: SpreadsheetLimits) -> None:
        """Start before the first row."""
        self._part_name = part_name
        self._limits = limits
        self._cell, self._formula, self._value, self._inline, self._extensions = (
            f"{{{namespace}}}{name}" for name in ("c", "f", "v", "is", "extLst")
        )
        self._namespace = namespace
        self._formulas = FormulaRanges(part_name)
        self._columns: dict[str, int] = {}
        self._number = 0

    def parse(self, row: Element) -> UnresolvedRow:
        """Parse the next `row` element.

        Raises:
            DocumentError: `spreadsheet-malformed` (also for rows or cells out of order: what two cells of
                one name say depends on the program that reads them), `spreadsheet-over-limit`.

        """
        number = self._row_number(row)
        self._formulas.begin_row(number)
        cells: list[Cell | SharedCell] = []
        column = 0
        for child in row:
            if child.tag == self._cell:
                column, reference = self._place(child, number, column)
                cell = self._parse_cell(child, column, reference)
                if cell is not None:
                    cells.append(cell)
            elif child.tag != self._extensions:
                raise malformed(f"{self._part_name} row {number}", f"unexpected element {child.tag!r}")
        return UnresolvedRow(number, tuple(cells))

    def _row_number(self, row: Element) -> int:
        text = row.get("r")
        number = self._number + 1 if text is None else parse_index(text, self._part_name)
        if number <= self._number:
            raise malformed(self._part_name, f"row {number} follows row {self._number}")
        if number > self._limits.max_rows:
            raise over_limit(self._part_name, f"more than {self._limits.max_rows} rows")
        self._number = number
        return number

    def _place(self, cell: Element, number: int, previous: int) -> tuple[int, str]:
        reference = cell.get("r")
        if reference is None:
            column = previous + 1
            reference = format_reference(column, number)
        else:
            column = self._column(reference, number)
        where = f"{self._part_name} row {number}"
        if column <= previous:
            raise malformed(where, f"cell {reference[:20]!r} is not in its place")
        if column > self._limits.max_columns:
            raise over_limit(where, f"more than {self._limits.max_columns} columns")
        return column, reference

    def _column(self, reference: str, number: int) -> int:
        # The letters repeat in every row; what they mean is worked out once.
        letters = reference.removesuffix(str(number))
        column = self._columns.get(letters)
        if column is None:
            place = parse_reference(reference)
            if place is None or place[1] != number:
                return 0
            column = self._columns[letters] = place[0]
        return column

    def _parse_cell(self, element: Element, column: int, reference: str) -> Cell | SharedCell | None:
        where = f"{self._part_name} cell {reference}"
        kind = element.get("t", "n")
        formula, value, inline = self._children(element, where)
        if kind not in _KINDS or (value is not None if kind == "inlineStr" else inline is not None):
            raise malformed(where, f"a cell of type {kind[:20]!r} with the wrong content")
        style = parse_index(element.get("s", "0"), where)
        if formula is not None:
            self._formulas.add(formula.get("t", "normal"), formula.get("ref", ""), where)
        is_formula = formula is not None or self._formulas.covers(column)
        if inline is not None:
            text = rich_text(inline, self._namespace, where, self._limits)
            return Cell(reference, column, CellKind.STRING, text, style, is_formula)
        if value is None:
            return Cell(reference, column, _KINDS[kind], "", style, True) if is_formula else None
        text = simple_content(value, where)
        if kind == "s":
            return SharedCell(reference, column, parse_index(text.strip(), where), style, is_formula)
        return Cell(
            reference, column, _KINDS[kind], bounded_text(text, where, self._limits), style, is_formula
        )

    def _children(self, cell: Element, where: str) -> tuple[Element | None, Element | None, Element | None]:
        formula = value = inline = None
        for child in cell:
            tag = child.tag
            if tag == self._value and value is None:
                value = child
            elif tag == self._inline and inline is None:
                inline = child
            elif tag == self._formula and formula is None:
                formula = child
            elif tag != self._extensions:
                raise malformed(where, f"unexpected element {tag!r}")
        return formula, value, inline
