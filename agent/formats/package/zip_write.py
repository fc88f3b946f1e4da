"""A zip written from another: what is not replaced is copied byte for byte, without recompression.

Source: PKWARE APPNOTE 6.3.9, clauses 4.3.7, 4.3.12, 4.3.14 to 4.3.16.
"""

import struct
import zlib
from collections.abc import Iterator, Mapping

from agent.formats.package.archive import Archive
from agent.formats.package.zip_records import DEFLATED, STORED

_VERSION = 20
_VERSION_ZIP64 = 45
_EPOCH_DATE = 0x0021
"""1980-01-01 in DOS form: the entries we write carry no time of ours."""
_FLAG_UTF8 = 1 << 11


def iter_zip(
    source: Archive, replaced: Mapping[str, bytes], appended: Mapping[str, bytes]
) -> Iterator[bytes | memoryview]:
    """Yield a zip with the entries of `source` in their order, some replaced, others appended.

    Names are zip item names without a leading slash; values are the octets to store.
    """
    offset = 0
    directory: list[bytes] = []
    for entry in source.entries:
        if entry.name in replaced:
            local, record = _new_entry(entry.name, replaced[entry.name], offset)
            piece: bytes | memoryview = local
        else:
            piece, record = source.raw(entry), entry.central.moved_to(offset)
        yield piece
        directory.append(record)
        offset += len(piece)
    for name, content in appended.items():
        local, record = _new_entry(name, content, offset)
        yield local
        directory.append(record)
        offset += len(local)
    yield from directory
    size = sum(map(len, directory))
    yield from _end_records(len(directory), size, offset, zip64=source.end.zip64)


def iter_stored_zip(members: Mapping[str, bytes]) -> Iterator[bytes]:
    """Yield a zip whose octets depend on its members and their order alone: stored, dated 1980-01-01.

    Not deflated, because what deflate makes of the same octets changes with the library. Members together
    stay below 4 GiB: there is no zip64.
    """
    offset = 0
    directory: list[bytes] = []
    for name, content in members.items():
        local, record = _new_entry(name, content, offset, method=STORED)
        yield local
        directory.append(record)
        offset += len(local)
    yield from directory
    yield from _end_records(len(directory), sum(map(len, directory)), offset, zip64=False)


def _new_entry(name: str, content: bytes, offset: int, *, method: int = DEFLATED) -> tuple[bytes, bytes]:
    """Build local header with data, and the central record, of an entry of ours."""
    method = method if content else STORED
    data = _deflate(content) if method == DEFLATED else content
    raw_name = name.encode("utf-8")
    flags = 0 if name.isascii() else _FLAG_UTF8
    common = struct.pack(
        "<5H3L2H",
        _VERSION,
        flags,
        method,
        0,
        _EPOCH_DATE,
        zlib.crc32(content),
        len(data),
        len(content),
        len(raw_name),
        0,
    )
    local = b"PK\x03\x04" + common + raw_name + data
    central = b"PK\x01\x02" + struct.pack("<H", _VERSION) + common + struct.pack("<3H2L", 0, 0, 0, 0, offset)
    return local, central + raw_name


def _deflate(content: bytes) -> bytes:
    deflater = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return deflater.compress(content) + deflater.flush()


def _end_records(count: int, size: int, offset: int, *, zip64: bool) -> Iterator[bytes]:
    if zip64:
        yield struct.pack(
            "<4sQ2H2L4Q", b"PK\x06\x06", 44, _VERSION_ZIP64, _VERSION_ZIP64, 0, 0, count, count, size, offset
        )
        yield struct.pack("<4sLQL", b"PK\x06\x07", 0, offset + size, 1)
    yield struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, count, count, size, offset, 0)
