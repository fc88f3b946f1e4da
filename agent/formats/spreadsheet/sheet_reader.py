"""One worksheet part parsed from its start to its end (ECMA-376 part 1, clauses 18.3.1.80 and 18.3.1.99)."""

from collections.abc import Iterator
from typing import BinaryIO

from lxml.etree import _Element as Element

from agent.errors import DocumentError
from agent.formats.spreadsheet.cells import UnresolvedRow
from agent.formats.spreadsheet.limits import SpreadsheetLimits
from agent.formats.spreadsheet.rows import RowParser
from agent.formats.spreadsheet.xml import ElementStream, malformed, prune, read_opening


class SheetReader:
    """Reads one worksheet part once, all of it parsed."""

    def __init__(
        self,
        stream: BinaryIO,
        part_name: str,
        limits: SpreadsheetLimits,
        *,
        known: int = 0,
        parser: RowParser | None = None,
    ) -> None:
        """Begin; the first `known` rows were read before, and `parser` is as the last of them left it.

        Raises:
            DocumentError: `spreadsheet-malformed`.

        """
        opening = read_opening(stream, part_name)
        if opening.name != "worksheet":
            raise malformed(part_name, f"the root element {opening.name!r} is not a worksheet")
        names = ("row", "sheetData")
        self._part_name = part_name
        self._row, self._table = (f"{{{opening.namespace}}}{name}" for name in names)
        self._root = f"{{{opening.namespace}}}worksheet"
        self._elements = ElementStream(stream, part_name, opening, names, limits.max_element_octets)
        self.parser = parser.copy() if parser else RowParser(part_name, opening.namespace, limits)
        self.beyond: tuple[UnresolvedRow, ...] = ()
        """The row that ended a reading with a limit: it was parsed too."""
        self._known = known
        self._more = True
        self._ended: Element | None = None

    def rows(self, limit: int | None) -> Iterator[UnresolvedRow]:
        """Yield the rows; see `Sheet.rows`.

        Raises:
            DocumentError: `spreadsheet-malformed`, `spreadsheet-over-limit`.

        """
        while self._more:
            yield from self._next_rows(limit)
            if self.beyond or (self._ended is not None and limit is not None):
                return
        if self._ended is None:
            raise malformed(self._part_name, "a worksheet without a table of cells")

    def ends_within(self, octets: int) -> bool:
        """Read on after the table; False if the part is longer, or in disorder: its reader says so."""
        try:
            while self._ended is not None and self._more and self._elements.passed < octets:
                for _ in self._next_rows(None):
                    return False
        except DocumentError:
            return False
        return not self._more

    def _next_rows(self, limit: int | None) -> Iterator[UnresolvedRow]:
        self._more = self._elements.advance()
        for event, element in self._elements.events():
            if event == "end" and element.tag == self._row:
                row = self._parse_row(element)
                if row is None:
                    continue
                if limit is not None and row.number > limit:
                    self.beyond = (row,)
                    return
                yield row
            elif element.tag == self._table:
                self._check_table(event, element)
        if self._ended is not None:
            self._skip_tail(self._ended)

    def _parse_row(self, row: Element) -> UnresolvedRow | None:
        """Parse a row in its place; None for one that was known."""
        table = row.getparent()
        if table is None or table.tag != self._table or self._ended is not None:
            raise malformed(self._part_name, "a row outside the table of cells")
        parsed = None
        if self._known:
            self._known -= 1
        else:
            parsed = self.parser.parse(row)
        row.clear()
        self._drop_before(row, table)
        self._elements.settle()
        return parsed

    def _drop_before(self, row: Element, table: Element) -> None:
        previous = row.getprevious()
        while previous is not None:
            if previous.tag != self._row:
                raise malformed(self._part_name, f"unexpected element {previous.tag!r} between the rows")
            table.remove(previous)
            previous = row.getprevious()

    def _check_table(self, event: str, table: Element) -> None:
        root = table.getparent()
        if self._ended is not None or root is None or root.tag != self._root or root.getparent() is not None:
            raise malformed(self._part_name, "more than one table of cells, or one out of place")
        if event == "end":
            if any(child.tag != self._row for child in table):
                raise malformed(self._part_name, "an unexpected element after the rows")
            self._ended = root

    def _skip_tail(self, root: Element) -> None:
        prune(root)
        self._elements.settle()
