"""OTA upgrade files, written down octet by octet from ZigBee document 095264, clauses 6.3.2 and 6.3.3."""

import struct
from collections.abc import Sequence

IMAGE = bytes(range(256)) * 8
"""The octets of the Manufacturer Image."""


def make_ota(
    *elements: tuple[int, bytes],
    control: int = 0,
    optional: bytes = b"",
    total: int | None = None,
    length: int | None = None,
    name: bytes = b"TEST image",
) -> bytes:
    """Make an OTA upgrade file; `elements` are tags and data."""
    data = b"".join(struct.pack("<HI", tag, len(octets)) + octets for tag, octets in elements)
    size = 56 + len(optional)
    header = struct.pack("<I", 0x0BEEF11E)
    header += struct.pack("<HHH", 0x0100, size if length is None else length, control)
    header += struct.pack("<HHIH", 0x10A1, 0x0002, 0x01020003, 0x0002)
    header += name.ljust(32, b"\0")
    header += struct.pack("<I", size + len(data) if total is None else total)
    return header + optional + data


def signed_ota(more: Sequence[tuple[int, bytes]] = ()) -> bytes:
    """Make a file with an image, a certificate and a signature, and hardware versions in its header."""
    elements = ((0x0000, IMAGE), (0x0002, bytes(48)), (0x0001, bytes(50)), *more)
    return make_ota(*elements, control=4, optional=struct.pack("<HH", 0x0100, 0x01FF))
