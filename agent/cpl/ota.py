"""ZigBee OTA upgrade files: their header and sub-elements (ZigBee document 095264, clauses 6.3.2 and 6.3.3).

All numbers are little-endian. Nothing here says which octets are the Manufacturer Image: a person does.
"""

import struct
from collections.abc import Iterator
from typing import BinaryIO, Final

from agent.dataclass import dataclass
from agent.errors import UsageError

_MAGIC: Final = 0x0BEEF11E
_FIXED: Final = struct.Struct("<IHHHHHIH32sI")
_CREDENTIAL: Final = struct.Struct("<B")
_DESTINATION: Final = struct.Struct("<Q")
_HARDWARE: Final = struct.Struct("<HH")
_ELEMENT: Final = struct.Struct("<HI")
_HAS_CREDENTIAL, _HAS_DESTINATION, _HAS_HARDWARE = 1, 2, 4
"""Bits of the field control."""
_MOST_ELEMENTS: Final = 256
_TAGS: Final = {
    0x0000: "upgrade image",
    0x0001: "ECDSA signature",
    0x0002: "ECDSA signing certificate",
    0x0003: "image integrity code",
    0x0004: "picture data",
}


@dataclass(frozen=True, slots=True)
class OTAElement:
    """A sub-element."""

    tag: int
    start: int
    """Where its data begin, in octets from the start of the file."""
    length: int
    """Octets of its data."""

    @property
    def name(self) -> str:
        """The tag with its name."""
        known = _TAGS.get(self.tag, "manufacturer specific" if self.tag >= 0xF000 else "reserved")  # noqa: PLR2004
        return f"0x{self.tag:04X} ({known})"


@dataclass(frozen=True, slots=True)
class OTAFile:
    """An OTA upgrade file."""

    header_version: int
    header_length: int
    """Octets."""
    field_control: int
    manufacturer_code: int
    image_type: int
    file_version: int
    stack_version: int
    header_string: str
    total_image_size: int
    """Octets, the header included."""
    optional: tuple[tuple[str, str], ...]
    """Name and value of the fields that the field control says are there."""
    elements: tuple[OTAElement, ...]
    remark: str = ""
    """Why no more elements are listed; empty when they fill the file."""

    def fields(self) -> Iterator[tuple[str, str]]:
        """Yield name and value of every field of the header, in its order."""
        yield "header version", f"0x{self.header_version:04X}"
        yield "header length", f"{self.header_length}"
        yield "field control", f"0x{self.field_control:04X}"
        yield "manufacturer code", f"0x{self.manufacturer_code:04X}"
        yield "image type", f"0x{self.image_type:04X}"
        yield "file version", f"0x{self.file_version:08X}"
        yield "ZigBee stack version", f"0x{self.stack_version:04X}"
        yield "header string", self.header_string
        yield "total image size", f"{self.total_image_size}"
        yield from self.optional


def read_ota(stream: BinaryIO, size: int) -> OTAFile | None:
    """Read header and sub-elements of a file of `size` octets; None when it has not the magic of an OTA file.

    Raises:
        UsageError: `ota-malformed` when it has, and its header is none.
        OSError: it cannot be read.

    """
    stream.seek(0)
    octets = stream.read(_FIXED.size)
    if len(octets) < 4 or int.from_bytes(octets[:4], "little") != _MAGIC:  # noqa: PLR2004 - the identifier
        return None
    if len(octets) < _FIXED.size:
        raise _malformed(f"a header has at least {_FIXED.size} octets")
    (_, version, length, control, manufacturer, image_type, file_version, stack, text, total) = _FIXED.unpack(
        octets
    )
    if not _FIXED.size <= length <= size:
        raise _malformed(f"a header of {length} octets in a file of {size}")
    optional = tuple(_read_optional(stream.read(length - _FIXED.size), control))
    elements, remark = _list_elements(stream, length, size)
    if total != size:
        remark = f"the header says {total} octets in all, the file has {size}; {remark}".rstrip("; ")
    name = text.split(b"\0")[0].decode("ascii", "backslashreplace")
    return OTAFile(
        *(version, length, control, manufacturer, image_type, file_version, stack, name, total),
        optional,
        elements,
        remark,
    )


def _read_optional(octets: bytes, control: int) -> Iterator[tuple[str, str]]:
    place = 0
    for bit, field, names, digits in (
        (_HAS_CREDENTIAL, _CREDENTIAL, ("security credential version",), 2),
        (_HAS_DESTINATION, _DESTINATION, ("upgrade file destination",), 16),
        (_HAS_HARDWARE, _HARDWARE, ("minimum hardware version", "maximum hardware version"), 4),
    ):
        if not control & bit:
            continue
        if place + field.size > len(octets):
            raise _malformed(f"no room for {names[0]} in its header")
        for name, value in zip(names, field.unpack_from(octets, place), strict=True):
            yield name, f"0x{value:0{digits}X}"
        place += field.size


def _list_elements(stream: BinaryIO, start: int, size: int) -> tuple[tuple[OTAElement, ...], str]:
    """List the sub-elements as far as they can be followed, and say why not further."""
    elements: list[OTAElement] = []
    while start < size:
        if len(elements) == _MOST_ELEMENTS:
            return tuple(elements), f"more than {_MOST_ELEMENTS} sub-elements"
        stream.seek(start)
        octets = stream.read(_ELEMENT.size)
        tag, length = _ELEMENT.unpack(octets) if len(octets) == _ELEMENT.size else (0, size)
        start += _ELEMENT.size
        if start + length > size:
            return tuple(elements), "what follows the header, or the last sub-element, is no sub-element"
        elements.append(OTAElement(tag, start, length))
        start += length
    return tuple(elements), ""


def _malformed(message: str) -> UsageError:
    return UsageError(
        "ota-malformed",
        f"it begins as a ZigBee OTA upgrade file and is none: {message}",
        hint="say which octets are the Manufacturer Image: --range A:B, or --range 0: for the whole file",
    )
