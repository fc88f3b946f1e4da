"""Zip files as different producers write them; parts in, octets out."""

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

MOMENT: Final = (2026, 1, 2, 3, 4, 6)
"""What the zip entries are dated: the same in every run."""
_CONTROL_PARTS: Final = ("[Content_Types].xml", "_rels/.rels")
_GROWTH_HINT: Final = 0xA220
_GROWTH_HINT_SIGNATURE: Final = 0xA028
_PADDING: Final = 400

Parts = Mapping[str, bytes]
"""Zip entry names, in file order, to octets."""


@dataclass(frozen=True, slots=True)
class ZipStyle:
    """How a producer that uses a common zip library writes."""

    stored: bool = False
    """Nothing is compressed."""
    streamed: bool = False
    """The output cannot be rewound, so sizes follow the data in data descriptors."""
    zip64: bool = False
    """Local headers carry zip64 fields, as of a writer that does not know sizes beforehand."""


class _OneWay(io.BytesIO):
    """An output that cannot be rewound, such as a socket or a pipe."""

    def tell(self) -> int:
        raise io.UnsupportedOperation

    def seekable(self) -> bool:
        return False


def read_parts(package: bytes) -> dict[str, bytes]:
    """Read all entries of a zip, in file order."""
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def write_zip(parts: Parts, style: ZipStyle) -> bytes:
    """Write a zip with Python's library."""
    target = _OneWay() if style.streamed else io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in parts.items():
            entry = zipfile.ZipInfo(name, MOMENT)
            entry.compress_type = zipfile.ZIP_STORED if style.stored else zipfile.ZIP_DEFLATED
            with archive.open(entry, "w", force_zip64=style.zip64) as stream:
                stream.write(content)
    return target.getvalue()


def write_excel_zip(parts: Parts) -> bytes:
    """Write a zip as Excel does: dated 1980, flags 6, and room to grow in the headers of control parts.

    The growth hint (ECMA-376 part 2, annex C, extra field 0xA220) stands in the
    local header alone, so the two headers of one entry differ.
    """
    output, directory = bytearray(), bytearray()
    for name, content in parts.items():
        deflater = zlib.compressobj(1, zlib.DEFLATED, -zlib.MAX_WBITS)
        data = deflater.compress(content) + deflater.flush()
        extra = _growth_hint() if name in _CONTROL_PARTS else b""
        sizes = struct.pack(
            "<4H3L", 6, zipfile.ZIP_DEFLATED, 0, 0x21, zlib.crc32(content), len(data), len(content)
        )
        raw_name = name.encode("ascii")
        offset = len(output)
        output += b"PK\x03\x04" + struct.pack("<H", 20) + sizes
        output += struct.pack("<2H", len(raw_name), len(extra)) + raw_name + extra + data
        directory += b"PK\x01\x02" + struct.pack("<2H", 45, 20) + sizes
        directory += struct.pack("<5H2L", len(raw_name), 0, 0, 0, 0, 0, offset) + raw_name
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, len(parts), len(parts), len(directory), len(output), 0)
    return bytes(output + directory + end)


def _growth_hint() -> bytes:
    body = struct.pack("<2H", _GROWTH_HINT_SIGNATURE, _PADDING) + bytes(_PADDING)
    return struct.pack("<2H", _GROWTH_HINT, len(body)) + body
