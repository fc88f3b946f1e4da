"""A sheet's octets as they are inflated, in three stretches: before, in, and after the table of cells.

The table is by far the longest and is never parsed as a whole: it is handed on in
windows of whole rows. What stands around it is small, and parsed exactly.

Nothing is taken on trust: where the octets do not say plainly what belongs to what
(another encoding, a DTD, a second table), `Lost` is raised and says so.
"""

import re
from collections.abc import Callable, Sequence
from typing import Final

_LIMIT: Final = 4 * 1024 * 1024
"""Octets of one row, or of what stands before the table, that are kept at one time."""
STEP: Final = 1 << 17
"""Octets looked at together: a megabyte is several times slower, for the cache."""
_TABLE: Final = re.compile(rb"<((?:[^\s<>/=]+:)?sheetData)\s*(/?)>")
_END: Final = re.compile(rb"</(?:[^\s<>/=]+:)?sheetData\s*>")
_NESTED: Final = re.compile(rb"<(?:[^\s<>/=]+:)?sheetData[\s/>]")
_DECLARED: Final = re.compile(rb"(?:\xEF\xBB\xBF)?\s*<\?xml[^>]*?encoding\s*=\s*[\"']([^\"']*)")
_AFTER_NAME: Final = b" \t\r\n/>"


class Lost(Exception):  # noqa: N818 - a way out, caught where the sheet is known
    """The octets cannot be followed; the message says why."""


def check_plain(head: bytes) -> None:
    """Check that the octets can be searched for ASCII names: UTF-8, and no DTD.

    Raises:
        Lost: they cannot.

    """
    declared = _DECLARED.match(head)
    if b"\0" in head or head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Lost("it is not written in UTF-8")
    if declared and declared[1].upper() not in (b"UTF-8", b"US-ASCII", b"ASCII"):
        raise Lost("it declares another encoding than UTF-8")
    if b"<!DOCTYPE" in head:
        raise Lost("it has a document type declaration")


def last_start(data: bytes, names: Sequence[bytes]) -> int:
    """Find where the last element with one of these names starts; -1 when there is none."""
    return max((_last_start(data, b"<" + name) for name in names), default=-1)


def _last_start(data: bytes, token: bytes) -> int:
    position = data.rfind(token)
    while position >= 0 and data[position + len(token) : position + len(token) + 1] not in _AFTER_NAME:
        position = data.rfind(token, 0, position)
    return position


def _find_end(data: bytes) -> re.Match[bytes] | None:
    """Find the end of the table among rows; a text may hold the word too."""
    word = data.find(b"sheetData")
    while word >= 0:
        start = data.rfind(b"<", 0, word)
        if start >= 0 and _NESTED.match(data, start):
            raise Lost("it has a table of cells within another")
        end = _END.match(data, start) if start >= 0 else None
        if end:
            return end
        word = data.find(b"sheetData", word + 1)
    return None


class SheetSplitter:
    """Takes the octets of one sheet and hands them on, stretch by stretch."""

    def __init__(
        self,
        before: Callable[[bytes, bytes], Sequence[bytes]],
        rows: Callable[[bytes], None],
        after: Callable[[bytes], None],
    ) -> None:
        """Start before the first octet.

        Args:
            before: is given what stands before the table, and the table's qualified name; answers
                the qualified names that a row may have.
            rows: is given whole rows.
            after: is given what stands after the table, in pieces; of a sheet without one, everything.

        """
        self._before, self._rows, self._after = before, rows, after
        self._names: Sequence[bytes] = ()
        self._rest = b""
        self._take = self._take_head

    def feed(self, piece: bytes | memoryview) -> None:
        """Take the next octets.

        Raises:
            Lost: they cannot be followed.

        """
        for start in range(0, len(piece), STEP):
            self._take(b"".join((self._rest, piece[start : start + STEP])))

    def close(self) -> None:
        """Take the end.

        Raises:
            Lost: the sheet ends within its table.

        """
        if self._take == self._take_rows:
            raise Lost("its table of cells has no end")
        if self._take == self._take_head:
            check_plain(self._rest)
            self._after(self._rest)

    def _take_head(self, data: bytes) -> None:
        found = _TABLE.search(data)
        if found is None:
            if len(data) > _LIMIT:
                raise Lost(f"its table of cells does not begin within {_LIMIT} octets")
            self._rest = data
            return
        check_plain(data[: found.start()])
        self._names = self._before(data[: found.start()], found[1])
        self._rest, self._take = b"", self._take_tail if found[2] else self._take_rows
        self._take(data[found.end() :])

    def _take_rows(self, data: bytes) -> None:
        # A search for one octet costs next to nothing, and most tables have no `h`.
        if b"h" in data and b"sheetData" in data:
            end = _find_end(data)
            if end:
                self._rows(data[: end.start()])
                self._rest, self._take = b"", self._take_tail
                self._take(data[end.end() :])
                return
        cut = max(0, last_start(data, self._names))
        if len(data) - cut > _LIMIT:
            raise Lost(f"one of its rows is longer than {_LIMIT} octets")
        if cut:
            self._rows(data[:cut])
        self._rest = data[cut:]

    def _take_tail(self, data: bytes) -> None:
        if data:
            self._after(data)
