"""A fast road through a worksheet: its table of cells in windows of whole rows, most of them not parsed.

What stands before the table is parsed with an empty table first. Rows that the pattern of `plain_rows` does
not match are parsed in stretches of their own, inside the part's own start tags: what is well-formed there is
so in its place too. What stands around the table is read to its end as a sheet without rows. This road
refuses nothing: where it cannot go on, the part has to be read from its start by `SheetReader`.
"""

import re
from collections.abc import Iterator
from typing import BinaryIO, Final, cast

from agent.errors import DocumentError
from agent.formats.spreadsheet.cells import UnresolvedRow
from agent.formats.spreadsheet.limits import SpreadsheetLimits
from agent.formats.spreadsheet.plain_rows import PlainRows, row_pattern
from agent.formats.spreadsheet.plain_xml import decode_text, plain_start
from agent.formats.spreadsheet.rows import RowParser
from agent.formats.spreadsheet.sheet_reader import SheetReader
from agent.formats.spreadsheet.xml import parse_fragment, read_opening

_FIRST_CHUNK: Final = 8 * 1024
_CHUNK: Final = 64 * 1024
"""Octets read at a time; less where only the first rows are wanted, since inflating is what they cost."""
_LONGEST_START: Final = 64 * 1024
"""Octets before the table."""
_START: Final = plain_start("worksheet")
_TABLE, _TABLE_END, _ROOT_END = b"<sheetData>", b"</sheetData>", b"</worksheet>"
_ROW: Final = b"<row"


class NotPlain(Exception):  # noqa: N818 - a way out, taken to the slower road
    """The sheet cannot be followed on this road."""


class PlainSheetReader:
    """Reads one worksheet part once, as `SheetReader` does."""

    def __init__(
        self,
        stream: BinaryIO,
        part_name: str,
        limits: SpreadsheetLimits,
        *,
        known: int = 0,
        parser: RowParser | None = None,
    ) -> None:
        """Begin; the first `known` rows were read before, and `parser` is as the last of them left it."""
        opening = read_opening(stream, part_name)
        self._stream, self._part_name, self._limits = stream, part_name, limits
        self.parser = parser.copy() if parser else RowParser(part_name, opening.namespace, limits)
        """As the last row that was handed out left it."""
        self.beyond: tuple[UnresolvedRow, ...] = ()
        """The row that ended a reading with a limit: it was read too."""
        self._known = known
        self._plain = PlainRows(limits)
        self._row_tag, self._table_tag = (f"{{{opening.namespace}}}{name}" for name in ("row", "sheetData"))
        self._before = self._root = b""
        self._rest = opening.octets
        self._passed = 0
        self._has_ended = False

    def rows(self, limit: int | None) -> Iterator[UnresolvedRow]:
        """Yield the rows; see `Sheet.rows`.

        Raises:
            NotPlain: the rows that follow, or all of them, have to be read in another way.

        """
        pattern = self._begin()
        while True:
            for row in self._read_window(self._cut_window(), pattern):
                if limit is not None and row.number > limit:
                    self.beyond, self._has_ended = (row,), False
                    return
                yield row
            if self._has_ended:
                break
            self._read_on(_CHUNK if limit is None else _FIRST_CHUNK)
        if limit is None:
            self._check_around()

    def ends_within(self, octets: int) -> bool:
        """Read on after the table; False if the part is longer, or in disorder: its reader says so."""
        if not self._has_ended:
            return False
        try:
            around = self._read_around()
            return not list(around.rows(0)) and around.ends_within(octets - self._passed)
        except DocumentError:
            return False

    def _begin(self) -> re.Pattern[str]:
        """Pass what stands before the rows; the pattern of a row depends on it."""
        start = _START.match(self._rest)
        while start and _TABLE not in self._rest and len(self._rest) < _LONGEST_START:
            self._read_on(_FIRST_CHUNK)
        before, found, self._rest = self._rest.partition(_TABLE)
        root = parse_fragment(before + _TABLE + _TABLE_END + _ROOT_END) if start and found else None
        if start is None or root is None:
            raise NotPlain
        inner = [element.tag for element in root.iter(self._row_tag, self._table_tag)]
        if inner != [self._table_tag] or root[-1].tag != self._table_tag:
            raise NotPlain
        self._before, self._root = before + _TABLE, start["root"]
        return row_pattern(has_x14ac="x14ac" in root.nsmap)

    def _read_on(self, size: int) -> None:
        chunk = self._stream.read(size)
        if not chunk:
            raise NotPlain
        self._rest += chunk

    def _cut_window(self) -> bytes:
        """Cut off the whole rows; if they are not whole, parsing them says so."""
        end = self._rest.find(_TABLE_END)
        self._has_ended = end >= 0
        cut = end if self._has_ended else max(0, self._rest.rfind(_ROW))
        window, self._rest = self._rest[:cut], self._rest[cut:]
        # So much less than what is too much for the other reader that they never disagree.
        if not self._has_ended and len(self._rest) > self._limits.max_element_octets - 2 * _CHUNK:
            raise NotPlain
        self._passed += cut
        return window

    def _read_window(self, window: bytes, pattern: re.Pattern[str]) -> Iterator[UnresolvedRow]:
        text, position = decode_text(window) or "", 0
        while match := pattern.match(text, position):
            if self._known:
                self._known -= 1
            elif row := self._plain.read(match, self.parser):
                yield row
            else:
                break
            position = match.end()
        rest = text[position:].encode() if text else window
        if rest:
            yield from self._parse_rows(rest)

    def _parse_rows(self, octets: bytes) -> Iterator[UnresolvedRow]:
        """Parse rows as they stand in their table, and nothing but rows."""
        root = parse_fragment(self._root + _TABLE + octets + _TABLE_END + _ROOT_END)
        if root is None or len(root) != 1 or any(child.tag != self._row_tag for child in root[0]):
            raise NotPlain
        for row in root[0]:
            if self._known:
                self._known -= 1
                continue
            before = self.parser.copy()
            try:
                parsed = self.parser.parse(row)
            except DocumentError as error:
                self.parser = before
                raise NotPlain from error
            yield parsed

    def _read_around(self) -> SheetReader:
        """Begin to read what stands around the rows, as a sheet that has none."""
        around = cast("BinaryIO", _Joined(self._before + self._rest, self._stream))
        return SheetReader(around, self._part_name, self._limits)

    def _check_around(self) -> None:
        try:
            rows = list(self._read_around().rows(None))
        except DocumentError as error:
            raise NotPlain from error
        if rows:
            raise NotPlain


class _Joined:
    """Octets, and then those of a stream."""

    def __init__(self, octets: bytes, stream: BinaryIO) -> None:
        self._octets, self._stream = octets, stream

    def read(self, size: int) -> bytes:
        if not self._octets:
            return self._stream.read(size)
        octets, self._octets = self._octets[:size], self._octets[size:]
        return octets
