"""One sheet of a workbook, row by row (ECMA-376 part 1, clauses 18.2.19 and 18.3.1.99)."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import BinaryIO, Final

from lxml.etree import _Element as Element

from agent.errors import DocumentError
from agent.formats.spreadsheet.cells import Row, UnresolvedRow, needed_strings
from agent.formats.spreadsheet.limits import SpreadsheetLimits
from agent.formats.spreadsheet.rows import RowParser
from agent.formats.spreadsheet.source import PartSource
from agent.formats.spreadsheet.strings import SharedStrings
from agent.formats.spreadsheet.xml import ElementStream, malformed, prune, read_opening

_BATCH: Final = 4096
"""Rows in memory at one time; every batch costs at most one pass over the shared strings."""
_SMALL: Final = 64 * 1024
"""Octets of a part that is read to its end where its first rows are all it has, not read again for that."""


class SheetState(StrEnum):
    """Who sees the sheet (ST_SheetState, clause 18.18.68)."""

    VISIBLE = "visible"
    HIDDEN = "hidden"
    VERY_HIDDEN = "veryHidden"
    """Hidden even from the program's own list of hidden sheets."""


@dataclass(frozen=True, slots=True)
class _Head:
    """The first rows as they were parsed, and the parser as the last of them left it."""

    rows: tuple[UnresolvedRow, ...]
    parser: RowParser
    is_whole: bool
    """They are all that the sheet has, and its part was read to the end."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet: its name on the tab, who sees it, and the part that holds it."""

    name: str
    state: SheetState
    part_name: str
    is_worksheet: bool
    """False for chart, dialog and macro sheets, which have no rows to read."""
    _source: PartSource
    _strings: SharedStrings
    _limits: SpreadsheetLimits
    _head: _Head | None = field(default=None, compare=False, repr=False)
    """What `with_head` read; kept, since what follows a header is read right after the header was found."""

    def rows(self, limit: int | None = None) -> Iterator[Row]:
        """Yield the rows that the part has, in order, with the text of every cell.

        With `limit` only rows numbered up to it, and the part is read no further than that. Without,
        the part is read to its end: it is then well-formed and has exactly one table of cells.

        Raises:
            DocumentError: `spreadsheet-malformed`, `spreadsheet-over-limit`, or what the package says.

        """
        batch: list[UnresolvedRow] = []
        for row in self.unresolved_rows(limit):
            batch.append(row)
            if len(batch) == _BATCH:
                yield from self._resolve(batch)
                batch = []
        yield from self._resolve(batch)

    def head(self, count: int) -> tuple[tuple[Row, ...], int]:
        """Read the first `count` rows that have a cell, and count the others that have one.

        The part is read to its end, and at most `count` rows and one pass over the shared strings are
        spent on it.

        Raises:
            DocumentError: as `rows`.

        """
        first: list[UnresolvedRow] = []
        others = 0
        for row in self.unresolved_rows():
            if not row.cells:
                continue
            if len(first) < count:
                first.append(row)
            else:
                others += 1
        return tuple(self._resolve(first)), others

    def unresolved_rows(self, limit: int | None = None) -> Iterator[UnresolvedRow]:
        """Yield the rows without looking at the shared strings; otherwise as `rows`."""
        if not self.is_worksheet:
            return
        head = self._head if limit is None else None
        if head is not None:
            yield from head.rows
            if head.is_whole:
                return
        with closing(self._source.open_part(self.part_name)) as stream:
            yield from _SheetReader(stream, self.part_name, self._limits, head).rows(limit)

    def with_head(self, limit: int) -> tuple["Sheet", list[UnresolvedRow]]:
        """Read the rows numbered up to `limit`; the sheet returned does not take them apart a second time.

        Raises:
            DocumentError: as `rows`.

        """
        if not self.is_worksheet:
            return self, []
        with closing(self._source.open_part(self.part_name)) as stream:
            reader = _SheetReader(stream, self.part_name, self._limits)
            rows = list(reader.rows(limit))
            head = _Head((*rows, *reader.beyond), reader.parser, reader.ends_within(_SMALL))
        return replace(self, _head=head), rows

    def _resolve(self, batch: list[UnresolvedRow]) -> list[Row]:
        strings = self._strings.find(needed_strings(batch))
        return [row.resolve(strings) for row in batch]


class _SheetReader:
    """Reads one worksheet part once."""

    def __init__(
        self, stream: BinaryIO, part_name: str, limits: SpreadsheetLimits, head: _Head | None = None
    ) -> None:
        opening = read_opening(stream, part_name)
        if opening.name != "worksheet":
            raise malformed(part_name, f"the root element {opening.name!r} is not a worksheet")
        names = ("row", "sheetData")
        self._part_name = part_name
        self._row, self._table = (f"{{{opening.namespace}}}{name}" for name in names)
        self._root = f"{{{opening.namespace}}}worksheet"
        self._elements = ElementStream(stream, part_name, opening, names, limits.max_element_octets)
        self.parser = head.parser.copy() if head else RowParser(part_name, opening.namespace, limits)
        self.beyond: tuple[UnresolvedRow, ...] = ()
        """The row that ended a reading with a limit: it was parsed too."""
        self._known = len(head.rows) if head else 0
        self._more = True
        self._ended: Element | None = None

    def rows(self, limit: int | None) -> Iterator[UnresolvedRow]:
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
        """Parse a row in its place; None for one of the head, which was."""
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
