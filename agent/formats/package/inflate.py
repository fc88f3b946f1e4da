"""Entries inflated in pieces, held to their declared size while inflating, never after.

Source: RFC 1951; PKWARE APPNOTE 4.4.7 (CRC-32).
"""

import io
import zlib
from collections import deque
from collections.abc import Generator, Iterator
from itertools import islice

from agent.formats.package.archive import Archive, Entry
from agent.formats.package.findings import (
    LIMIT_XML_SIZE,
    ZIP_DATA,
)
from agent.formats.package.zip_records import STORED

_PIECE = 1 << 20
"""Octets asked of the inflater at a time: the most that is in memory of one entry."""
_DEFLATED_PIECE = 1 << 16
"""Octets handed to the inflater at a time: fewer, because it copies what it has no room for yet."""
_FIRST_PIECE = 1 << 14
"""With what a stream begins: of most sheets a form's reader wants the first rows, and no more is inflated."""
_ALONE = 8
"""Pieces of a stream that are inflated when they are asked for: by then they are of full size."""
_AHEAD = 3
"""Pieces asked for ahead: with one alone the thread sleeps until that was taken, and wakes for each."""
_WORTH_A_THREAD = 16 * 1024 * 1024
"""Octets of an entry, inflated, from which its stream is worth a thread of its own."""


def iter_entry(archive: Archive, entry: Entry, *, first: int = _PIECE) -> Iterator[bytes | memoryview]:
    """Yield an entry's octets in pieces, growing from `first` octets to 1 MiB; the last check is its CRC.

    Raises:
        DocumentError: `zip-data` when the data is not what the headers say.

    """
    crc = size = 0
    for piece in _pieces(archive.compressed(entry), entry, first):
        size += len(piece)
        if size > entry.central.size:
            raise ZIP_DATA.error(f"{entry.name} inflates to more than its declared size")
        crc = zlib.crc32(piece, crc)
        yield piece
    if size != entry.central.size or crc != entry.central.crc32:
        raise ZIP_DATA.error(f"{entry.name} is damaged: its size or CRC is not the declared one")


def read_entry(archive: Archive, entry: Entry, *, limit: int) -> bytes:
    """Read a whole entry of at most `limit` octets.

    Raises:
        DocumentError: `limit-xml-size` above the limit, `zip-data` when it is damaged.

    """
    if entry.central.size > limit:
        raise LIMIT_XML_SIZE.error(f"{entry.name} has {entry.central.size} octets, the limit is {limit}")
    return b"".join(iter_entry(archive, entry))


def _pieces(data: memoryview, entry: Entry, size: int) -> Iterator[bytes | memoryview]:
    if entry.central.method == STORED:
        for start in range(0, len(data), _PIECE):
            yield data[start : start + _PIECE]
        return
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    position = 0
    try:
        while position < len(data):
            pending: bytes | memoryview = data[position : position + min(size, _DEFLATED_PIECE)]
            position += len(pending)
            while pending:
                yield inflater.decompress(pending, size)
                pending = inflater.unconsumed_tail
            size = min(2 * size, _PIECE)
        while not inflater.eof:
            rest = inflater.decompress(b"", size)
            if not rest:
                break
            yield rest
    except zlib.error as error:
        raise ZIP_DATA.error(f"{entry.name} is damaged: {error}") from error
    if not inflater.eof or inflater.unused_data:
        raise ZIP_DATA.error(f"{entry.name} has octets after its deflate stream, or lacks its end")


def iter_ahead(pieces: Iterator[bytes | memoryview]) -> Iterator[bytes | memoryview]:
    """Yield the pieces, inflated in another thread while whoever takes them works on those before."""
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 - only where it pays

    with ThreadPoolExecutor(1) as inflater:
        coming = deque(inflater.submit(next, pieces, None) for _ in range(_AHEAD))
        try:
            while (piece := coming.popleft().result()) is not None:
                coming.append(inflater.submit(next, pieces, None))
                yield piece
        finally:
            inflater.shutdown(wait=False, cancel_futures=True)


def _iter_stream(archive: Archive, entry: Entry) -> Generator[bytes | memoryview, None, None]:
    """Yield the pieces of a stream; of a long one ahead, once more than its start is asked for."""
    pieces = iter_entry(archive, entry, first=_FIRST_PIECE)
    if entry.central.size < _WORTH_A_THREAD:
        yield from pieces
        return
    yield from islice(pieces, _ALONE)
    yield from iter_ahead(pieces)


class EntryStream(io.RawIOBase):
    """An entry as a readable binary stream, inflated as it is read."""

    def __init__(self, archive: Archive, entry: Entry) -> None:
        """Read `entry` of `archive` from its start."""
        self._pieces = _iter_stream(archive, entry)
        self._rest: bytes | memoryview = b""

    def close(self) -> None:
        """Close the stream, and end its thread if it has one."""
        self._pieces.close()
        super().close()

    def readable(self) -> bool:
        """Tell that this stream is for reading."""
        return True

    def readinto(self, buffer: object) -> int:
        """Fill `buffer`; 0 at the end of the entry."""
        target = memoryview(buffer)  # type: ignore[arg-type]  # io.RawIOBase leaves the buffer untyped
        while not self._rest:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._rest = piece
        count = min(len(target), len(self._rest))
        target[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count
