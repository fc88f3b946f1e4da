"""One sheet of a workbook, row by row (ECMA-376 part 1, clauses 18.2.19 and 18.3.1.99)."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import field, replace
from enum import StrEnum
from typing import Final

from agent.dataclass import dataclass
from agent.formats.spreadsheet.cells import Row, UnresolvedRow, needed_strings
from agent.formats.spreadsheet.limits import SpreadsheetLimits
from agent.formats.spreadsheet.plain_sheet import NotPlain, PlainSheetReader
from agent.formats.spreadsheet.rows import RowParser
from agent.formats.spreadsheet.sheet_reader import SheetReader
from agent.formats.spreadsheet.source import PartSource
from agent.formats.spreadsheet.strings import SharedStrings

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
        known, parser = 0, None
        if head is not None:
            yield from head.rows
            if head.is_whole:
                return
            known, parser = len(head.rows), head.parser
        with closing(self._source.open_part(self.part_name)) as stream:
            plain = PlainSheetReader(stream, self.part_name, self._limits, known=known, parser=parser)
            try:
                for row in plain.rows(limit):
                    yield row
                    known += 1
            except NotPlain:
                pass
            else:
                return
        with closing(self._source.open_part(self.part_name)) as stream:
            reader = SheetReader(stream, self.part_name, self._limits, known=known, parser=plain.parser)
            yield from reader.rows(limit)

    def with_head(self, limit: int) -> tuple["Sheet", list[UnresolvedRow]]:
        """Read the rows numbered up to `limit`; the sheet returned does not take them apart a second time.

        Raises:
            DocumentError: as `rows`.

        """
        if not self.is_worksheet:
            return self, []
        for reads in (PlainSheetReader, SheetReader):
            with closing(self._source.open_part(self.part_name)) as stream:
                reader = reads(stream, self.part_name, self._limits)
                try:
                    rows = list(reader.rows(limit))
                except NotPlain:
                    continue
                head = _Head((*rows, *reader.beyond), reader.parser, reader.ends_within(_SMALL))
                return replace(self, _head=head), rows
        raise AssertionError

    def _resolve(self, batch: list[UnresolvedRow]) -> list[Row]:
        strings = self._strings.find(needed_strings(batch))
        return [row.resolve(strings) for row in batch]
