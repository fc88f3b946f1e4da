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
_KEPT_STYLES: Final = 4096
CELL_KINDS: Final = {
    "n": CellKind.NUMBER,
    "b": CellKind.BOOLEAN,
    "e": CellKind.ERROR,
    "d": CellKind.DATE,
    "s": CellKind.STRING,
    "str": CellKind.STRING,
    "inlineStr": CellKind.STRING,
}
"""What the type that a cell gives stands for."""
_PLAIN: Final = frozenset(CELL_KINDS) - {"s", "inlineStr"}
"""Types of cells whose value is its text."""


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
        self._text = f"{{{namespace}}}t"
        self._namespace = namespace
        self._formulas = FormulaRanges(part_name)
        self._columns: dict[str, int] = {}
        self._styles: dict[str | None, int] = {None: 0}
        self.number = 0
        """Of the row read last."""

    def copy(self) -> "RowParser":
        """Build another that goes on from the row parsed last."""
        twin = RowParser(self._part_name, self._namespace, self._limits)
        twin._formulas = self._formulas.copy()
        twin.number = self.number
        return twin

    @property
    def has_open_ranges(self) -> bool:
        """Whether a formula above may make values in the rows that follow."""
        return self._formulas.is_open

    def parse(self, row: Element) -> UnresolvedRow:
        """Parse the next `row` element.

        Raises:
            DocumentError: `spreadsheet-malformed` (also for rows or cells out of order: what two cells of
                one name say depends on the program that reads them), `spreadsheet-over-limit`.

        """
        number = self._row_number(row)
        self._formulas.begin_row(number)
        digits = str(number)
        width = -len(digits)
        cells: list[Cell | SharedCell] = []
        strings: list[int] = []
        previous = 0
        for child in row:
            tag = child.tag
            if tag != self._cell:
                if tag != self._extensions:
                    raise malformed(f"{self._part_name} row {number}", f"unexpected element {tag!r}")
                continue
            reference = child.get("r")
            if reference is None:
                reference = format_reference(previous + 1, number)
            # The letters repeat in every row; what they mean is worked out once.
            column = self._columns.get(reference[:width], 0) if reference.endswith(digits) else 0
            if not previous < column <= self._limits.max_columns:
                column = self._place(reference, number, previous)
            previous = column
            cell = self._parse_cell(child, column, reference)
            if cell is not None:
                cells.append(cell)
                if isinstance(cell, SharedCell):
                    strings.append(cell.string_index)
        return UnresolvedRow(number, tuple(cells), tuple(strings))

    def _row_number(self, row: Element) -> int:
        text = row.get("r")
        number = self.number + 1 if text is None else parse_index(text, self._part_name)
        if number <= self.number:
            raise malformed(self._part_name, f"row {number} follows row {self.number}")
        if number > self._limits.max_rows:
            raise over_limit(self._part_name, f"more than {self._limits.max_rows} rows")
        self.number = number
        return number

    def _place(self, reference: str, number: int, previous: int) -> int:
        place = parse_reference(reference)
        where = f"{self._part_name} row {number}"
        if place is None or place[1] != number or place[0] <= previous:
            raise malformed(where, f"cell {reference[:20]!r} is not in its place")
        if place[0] > self._limits.max_columns:
            raise over_limit(where, f"more than {self._limits.max_columns} columns")
        self._columns[reference.removesuffix(str(number))] = place[0]
        return place[0]

    def _parse_cell(self, element: Element, column: int, reference: str) -> Cell | SharedCell | None:
        kind = element.get("t", "n")
        if not len(element) and kind in CELL_KINDS:  # painted and empty: most cells of a form
            style = self._style(element, reference)
            covered = self._formulas.covers(column)
            return Cell(reference, column, CELL_KINDS[kind], "", style, True) if covered else None
        if len(element) == 1:
            text = self._plain_text(element[0], kind)
            if text is not None:  # most cells that are not empty
                covered = self._formulas.covers(column)
                return Cell(
                    reference, column, CELL_KINDS[kind], text, self._style(element, reference), covered
                )
        where = f"{self._part_name} cell {reference}"
        formula, value, inline = self._children(element, where)
        if kind not in CELL_KINDS or (value is not None if kind == "inlineStr" else inline is not None):
            raise malformed(where, f"a cell of type {kind[:20]!r} with the wrong content")
        style = self._style(element, reference)
        if formula is not None:
            self._formulas.add(formula.get("t", "normal"), formula.get("ref", ""), where)
        is_formula = formula is not None or self._formulas.covers(column)
        if inline is not None:
            text = rich_text(inline, self._namespace, where, self._limits)
            return Cell(reference, column, CellKind.STRING, text, style, is_formula)
        if value is None:
            return Cell(reference, column, CELL_KINDS[kind], "", style, True) if is_formula else None
        text = simple_content(value, where)
        if kind == "s":
            return SharedCell(reference, column, parse_index(text.strip(), where), style, is_formula)
        return Cell(
            reference, column, CELL_KINDS[kind], bounded_text(text, where, self._limits), style, is_formula
        )

    def _plain_text(self, value: Element, kind: str) -> str | None:
        """Read a value or inline string in which nothing is to be resolved or refused; else None."""
        expected = self._value if kind in _PLAIN else ""
        if kind == "inlineStr" and value.tag == self._inline and len(value) == 1:
            value, expected = value[0], self._text
        text = value.text or ""
        plain = value.tag == expected and not len(value) and "_x" not in text
        return text if plain and len(text) <= self._limits.max_text else None

    def _style(self, cell: Element, reference: str) -> int:
        # Few styles serve many cells; what each says is worked out once.
        text = cell.get("s")
        style = self._styles.get(text)
        if style is None:
            style = parse_index(text or "", f"{self._part_name} cell {reference}")
            if len(self._styles) < _KEPT_STYLES:
                self._styles[text] = style
        return style

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
