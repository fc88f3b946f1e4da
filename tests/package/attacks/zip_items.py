"""A zip written field by field, so that any of them can lie."""

import struct
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from tests.package.attacks.changes import SHEET, Attack
from tests.support.zips import parts_of

SATURATED = 0xFFFFFFFF
"""What stands for a zip64 value."""


@dataclass(frozen=True, slots=True)
class Item:
    """One entry; what is None is what it ought to be, in the local header what the central record says."""

    name: bytes
    content: bytes = b""
    flags: int = 0
    method: int = 8
    crc: int | None = None
    size: int | None = None
    packed: int | None = None
    local_name: bytes | None = None
    local_flags: int | None = None
    local_method: int | None = None
    local_crc: int | None = None
    local_size: int | None = None
    local_date: int = 33
    version: int = 20
    """What a reader must understand, by the central record."""
    extra: bytes = b""
    local_extra: bytes = b""
    comment: bytes = b""
    attributes: int = 0
    disk: int = 0
    after: bytes = b""
    """What stands behind the data: a descriptor, or a gap."""
    data: bytes | None = None
    """The compressed octets, when they are not simply what deflate makes of `content`."""
    offset: int | None = field(default=None)

    @property
    def octets(self) -> bytes:
        """The compressed octets."""
        if self.data is not None:
            return self.data
        if self.method != 8:
            return self.content
        deflater = zlib.compressobj(9, zlib.DEFLATED, -15)
        return deflater.compress(self.content) + deflater.flush()

    def fields(self, octets: bytes) -> tuple[int, int, int]:
        """CRC and sizes as the central record says them."""
        crc = zlib.crc32(self.content) if self.crc is None else self.crc
        size = len(self.content) if self.size is None else self.size
        return crc, len(octets) if self.packed is None else self.packed, size

    def local(self, octets: bytes) -> bytes:
        """Build local header, data and what follows it."""
        name = self.name if self.local_name is None else self.local_name
        flags = self.flags if self.local_flags is None else self.local_flags
        method = self.method if self.local_method is None else self.local_method
        crc, packed, size = self.fields(octets)
        crc = crc if self.local_crc is None else self.local_crc
        size = size if self.local_size is None else self.local_size
        header = struct.pack(
            "<4s5H3L2H",
            b"PK\3\4",
            *(20, flags, method, 0, self.local_date),
            *(crc, packed, size, len(name), len(self.local_extra)),
        )
        return header + name + self.local_extra + octets + self.after

    def central(self, octets: bytes, offset: int) -> bytes:
        """Build the central record."""
        crc, packed, size = self.fields(octets)
        lengths = (len(self.name), len(self.extra), len(self.comment))
        header = struct.pack(
            "<4s6H3L5H2L",
            b"PK\1\2",
            *(20, self.version, self.flags, self.method, 0, 33),
            *(crc, packed, size, *lengths, self.disk, 0, self.attributes),
            offset if self.offset is None else self.offset,
        )
        return header + self.name + self.extra + self.comment


def items_of(workbook: bytes) -> list[Item]:
    """List the entries of a workbook as items, all honest."""
    return [Item(name.encode(), content) for name, content in parts_of(workbook).items()]


def changed(items: Sequence[Item], name: str, /, **fields: object) -> list[Item]:
    """Build the same items with one of them lying."""
    assert any(item.name == name.encode() for item in items)
    return [
        replace(item, **fields) if item.name == name.encode() else item  # type: ignore[arg-type]
        for item in items
    ]


def assemble(
    items: Sequence[Item],
    *,
    prefix: bytes = b"",
    before_directory: bytes = b"",
    after_directory: bytes = b"",
    comment: bytes = b"",
    count: int | None = None,
    disk: int = 0,
    zip64: bytes | None = None,
) -> bytes:
    """Write the zip; offsets are right unless an item says otherwise."""
    body, directory = bytearray(prefix), bytearray()
    for item in items:
        octets = item.octets
        directory += item.central(octets, len(body))
        body += item.local(octets)
    body += before_directory
    start, number = len(body), len(items) if count is None else count
    tail = zip64 if zip64 is not None else b""
    end = struct.pack("<4s4H2LH", b"PK\5\6", disk, disk, number, number, len(directory), start, len(comment))
    return bytes(body + directory + after_directory + tail + end + comment)


def zip64_field(*values: int) -> bytes:
    """Build a zip64 extra field."""
    return struct.pack(f"<HH{len(values)}Q", 1, 8 * len(values), *values)


def zip64_end(count: int, size: int, offset: int, *, position: int | None = None) -> bytes:
    """Build a zip64 end record with its locator."""
    at = offset + size if position is None else position
    record = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, count, count, size, offset)
    return record + struct.pack("<4sLQL", b"PK\6\7", 0, at, 1)


def descriptor(item: Item, *, size: int | None = None) -> bytes:
    """Build the data descriptor of an item, which may lie about its size."""
    crc, packed, right = item.fields(item.octets)
    return b"PK\7\x08" + struct.pack("<3L", crc, packed, right if size is None else size)


def lying(name: str, provenance: str, code: str, /, *, part: str = SHEET, **fields: object) -> Attack:
    """Build an attack in which one entry's headers lie."""
    return Attack(
        name,
        provenance,
        lambda material: assemble(changed(items_of(material.countersigned), part, **fields)),
        code,
    )


def packed(name: str, provenance: str, code: str, build: Callable[[list[Item]], bytes]) -> Attack:
    """Build an attack from the honest entries."""
    return Attack(name, provenance, lambda material: build(items_of(material.countersigned)), code)


def item_of(items: list[Item], name: str) -> Item:
    """Find an item by its name."""
    return next(item for item in items if item.name == name.encode())
