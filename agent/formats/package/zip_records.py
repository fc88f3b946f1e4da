"""The fixed records of a zip file: end of central directory, central record, local header.

Source: PKWARE APPNOTE 6.3.9, clauses 4.3.7, 4.3.12, 4.3.14 to 4.3.16, 4.5.3.
"""

import struct

from agent.dataclass import dataclass
from agent.formats.package.findings import (
    PACKAGE_NOT_ZIP,
    ZIP_COMMENT,
    ZIP_DIRECTORY,
    ZIP_ENCRYPTED,
    ZIP_EXTRA,
    ZIP_FILE_TYPE,
    ZIP_FLAGS,
    ZIP_GAP,
    ZIP_HEADERS_DISAGREE,
    ZIP_METHOD,
    ZIP_NAME,
    ZIP_OVERLAP,
    ZIP_SUFFIX,
    ZIP_VERSION,
)

STORED = 0
DEFLATED = 8

_LOCAL = struct.Struct("<4s5H3L2H")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_END = struct.Struct("<4s4H2LH")
_END64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR64 = struct.Struct("<4sLQL")

_FLAG_DESCRIPTOR = 1 << 3
_FLAG_UTF8 = 1 << 11
# Bits 1 and 2 say how hard deflate tried; nothing depends on them.
_FLAGS_ALLOWED = 0b110 | _FLAG_DESCRIPTOR | _FLAG_UTF8
_NEWEST_VERSION = 45
"""Version needed to extract, times ten: zip64. Readers refuse what asks for more than they know (4.4.3)."""
_MAX16 = 0xFFFF
_FILE_TYPE_SHIFT = 28
"""Unix mode in the upper half of the external attributes; its upper four bits are the file's type."""
_FILE_TYPES = frozenset({0, 0o10})
"""Unset, or a regular file (S_IFREG): no link, no device."""
_DOS_FOLDER_OR_VOLUME = 0x18
"""In the lowest octet of the external attributes: some readers then take the entry for no file at all."""
_TWO_WIDE = 16
"""Octets of a zip64 field with two sizes."""
_MAX32 = 0xFFFFFFFF
_EXTRA_ZIP64 = 0x0001
# zip64, NTFS and Unix times, Unix owners, Office's growth hint: none of them renames or re-encodes an entry.
_EXTRAS_ALLOWED = frozenset({_EXTRA_ZIP64, 0x000A, 0x5455, 0x5855, 0x7855, 0x7875, 0xA220, 0xCAFE})


@dataclass(frozen=True, slots=True)
class CentralRecord:
    """A central directory record, its zip64 values resolved; sizes and offsets in octets."""

    name: str
    flags: int
    method: int
    crc32: int
    compressed_size: int
    size: int
    header_offset: int
    raw: bytes

    @property
    def raw_name(self) -> bytes:
        """The name's octets as stored."""
        name_len = int(struct.unpack_from("<H", self.raw, 28)[0])
        return self.raw[_CENTRAL.size : _CENTRAL.size + name_len]

    @property
    def has_descriptor(self) -> bool:
        """Tell whether a data descriptor follows the data."""
        return bool(self.flags & _FLAG_DESCRIPTOR)

    def moved_to(self, offset: int) -> bytes:
        """Build the same record for an entry whose local header now starts at `offset`."""
        moved = bytearray(self.raw)
        if struct.unpack_from("<L", moved, 42)[0] == _MAX32:
            struct.pack_into("<Q", moved, _zip64_offset_position(self.raw), offset)
        else:
            struct.pack_into("<L", moved, 42, offset)
        return bytes(moved)


@dataclass(frozen=True, slots=True)
class EndOfDirectory:
    """Where the central directory lies, in octets from the start of the file."""

    entry_count: int
    directory_offset: int
    directory_end: int
    zip64: bool


def find_end_of_directory(view: memoryview) -> EndOfDirectory:
    """Read the end record, which must be the last 22 octets: a comment or suffix is not accepted.

    Raises:
        DocumentError: `package-not-zip`, `zip-suffix` or `zip-directory`.

    """
    if len(view) < _END.size or bytes(view[:4]) != b"PK\x03\x04":
        raise PACKAGE_NOT_ZIP.error("the file is not a zip package", hint="give an .xlsx or .xlsm workbook")
    fields = _END.unpack(view[-_END.size :])
    if fields[0] != b"PK\x05\x06" or fields[7] != 0:
        raise ZIP_SUFFIX.error("the zip is cut short, or something follows its end record")
    _, disk, directory_disk, here, total, size, offset, _ = fields
    if disk or directory_disk or here != total:
        raise ZIP_DIRECTORY.error("the zip is one of several volumes")
    end_position = len(view) - _END.size
    if end_position >= _LOCATOR64.size and bytes(view[end_position - _LOCATOR64.size :][:4]) == b"PK\x06\x07":
        return _zip64_end(view, end_position - _LOCATOR64.size, (total, size, offset))
    return _checked_end(EndOfDirectory(total, offset, offset + size, zip64=False), end_position)


def _zip64_end(view: memoryview, locator: int, short: tuple[int, int, int]) -> EndOfDirectory:
    _, disk, position, disks = _LOCATOR64.unpack(view[locator : locator + _LOCATOR64.size])
    if disk or disks != 1 or position + _END64.size != locator:
        raise ZIP_DIRECTORY.error("the zip64 locator does not point at its end record")
    signature, length, _, _, disk, directory_disk, here, total, size, offset = _END64.unpack(
        view[position:locator]
    )
    if signature != b"PK\x06\x06" or length != _END64.size - 12 or disk or directory_disk or here != total:
        raise ZIP_DIRECTORY.error("the zip64 end record is malformed")
    saturated = (_MAX16, _MAX32, _MAX32)
    for in_short, in_long, maximum in zip(short, (total, size, offset), saturated, strict=True):
        if in_short not in (in_long, maximum):
            raise ZIP_HEADERS_DISAGREE.error("the zip's two end records disagree")
    return _checked_end(EndOfDirectory(total, offset, offset + size, zip64=True), position)


def _checked_end(end: EndOfDirectory, limit: int) -> EndOfDirectory:
    if end.directory_end != limit:
        raise ZIP_GAP.error("the zip's central directory does not end where its end record starts")
    return end


def central_record(view: memoryview, position: int, limit: int) -> tuple[CentralRecord, int]:
    """Read one central record at `position`; returns it and where the next one starts.

    Raises:
        DocumentError: `zip-*` when the record is malformed or uses what the profile does not allow.

    """
    if position + _CENTRAL.size > limit:
        raise ZIP_DIRECTORY.error("the zip's central directory is cut short")
    fields = _CENTRAL.unpack(view[position : position + _CENTRAL.size])
    signature, _, version, flags, method, _, _, crc, packed, size, name_len, extra_len, comment_len = fields[
        :13
    ]
    disk, offset = fields[13], fields[16]
    end = position + _CENTRAL.size + name_len + extra_len + comment_len
    if signature != b"PK\x01\x02" or end > limit or disk:
        raise ZIP_DIRECTORY.error("a record of the zip's central directory is malformed")
    raw = bytes(view[position:end])
    name = _decode_name(raw[_CENTRAL.size : _CENTRAL.size + name_len], flags)
    if comment_len:
        raise ZIP_COMMENT.error(f"{name} carries a zip comment")
    _check_method(name, flags, method)
    _check_version(name, version)
    extra = _parse_extra(name, raw[_CENTRAL.size + name_len :])
    size, packed, offset = _resolve_zip64(name, extra, (size, packed, offset))
    if method == STORED and size != packed:
        raise ZIP_HEADERS_DISAGREE.error(f"{name} is stored and has two different sizes")
    if fields[15] >> _FILE_TYPE_SHIFT not in _FILE_TYPES or fields[15] & _DOS_FOLDER_OR_VOLUME:
        raise ZIP_FILE_TYPE.error(f"{name} is marked as something else than a file")
    return CentralRecord(name, flags, method, crc, packed, size, offset, raw), end


def _check_version(name: str, needed: int) -> None:
    if needed > _NEWEST_VERSION:
        raise ZIP_VERSION.error(f"{name} asks for zip version {needed / 10:g}; no feature of it is allowed")


def _check_method(name: str, flags: int, method: int) -> None:
    if flags & 1:
        raise ZIP_ENCRYPTED.error(f"{name} is encrypted", hint="remove the workbook's password first")
    if flags & ~_FLAGS_ALLOWED:
        raise ZIP_FLAGS.error(f"{name} uses zip features that are not allowed (flags {flags:#06x})")
    if method not in (STORED, DEFLATED):
        raise ZIP_METHOD.error(f"{name} is compressed by method {method}; only deflate is allowed")


def _decode_name(raw: bytes, flags: int) -> str:
    try:
        name = raw.decode("utf-8" if flags & _FLAG_UTF8 else "ascii")
    except UnicodeDecodeError as error:
        raise ZIP_NAME.error(f"a zip entry's name is not text: {raw!r}") from error
    if not name or "\0" in name:
        raise ZIP_NAME.error(f"a zip entry has the name {name!r}")
    return name


def _parse_extra(name: str, extra: bytes) -> dict[int, bytes]:
    fields: dict[int, bytes] = {}
    position = 0
    while position < len(extra):
        if position + 4 > len(extra):
            raise ZIP_EXTRA.error(f"{name} has a malformed extra field")
        tag, length = struct.unpack_from("<HH", extra, position)
        position += 4 + length
        if position > len(extra) or tag not in _EXTRAS_ALLOWED or tag in fields:
            raise ZIP_EXTRA.error(f"{name} has an extra field that is not allowed ({tag:#06x})")
        fields[tag] = extra[position - length : position]
    return fields


def _resolve_zip64(name: str, extra: dict[int, bytes], values: tuple[int, ...]) -> list[int]:
    """Put the 64-bit values of the zip64 field where the 32-bit ones are saturated (APPNOTE 4.5.3)."""
    wide = extra.get(_EXTRA_ZIP64, b"")
    saturated = [value == _MAX32 for value in values]
    if len(wide) != 8 * sum(saturated):
        raise ZIP_EXTRA.error(f"the zip64 field of {name} is not what its header asks for")
    numbers = iter(struct.unpack(f"<{len(wide) // 8}Q", wide))
    return [next(numbers) if is_wide else value for value, is_wide in zip(values, saturated, strict=True)]


def _zip64_offset_position(raw: bytes) -> int:
    """Find where the zip64 field of a central record holds the header offset: it is its last value."""
    name_len = struct.unpack_from("<H", raw, 28)[0]
    position = _CENTRAL.size + name_len
    while True:
        tag, length = struct.unpack_from("<HH", raw, position)
        if tag == _EXTRA_ZIP64:
            return int(position + 4 + length - 8)
        position += 4 + length


def local_header_length(view: memoryview, record: CentralRecord, limit: int) -> int:
    """Check a local header against its central record; returns its length in octets.

    Raises:
        DocumentError: `zip-headers-disagree` or `zip-extra`.

    """
    start = record.header_offset
    if start + _LOCAL.size > limit:
        raise ZIP_OVERLAP.error(f"the local header of {record.name} is cut short")
    signature, needed, flags, method, time, date, crc, packed, size, name_len, extra_len = _LOCAL.unpack(
        view[start : start + _LOCAL.size]
    )
    length: int = _LOCAL.size + name_len + extra_len
    name = bytes(view[start + _LOCAL.size : start + _LOCAL.size + name_len])
    said = (signature, flags, method, struct.pack("<2H", time, date), name)
    same = said == (b"PK\x03\x04", record.flags, record.method, record.raw[12:16], record.raw_name)
    if not same or start + length > limit:
        raise ZIP_HEADERS_DISAGREE.error(f"the two headers of {record.name} disagree")
    _check_version(record.name, needed)
    extra = _parse_extra(record.name, bytes(view[start + length - extra_len : start + length]))
    _check_local_sizes(record, extra, (crc, size, packed))
    return length


def _check_local_sizes(record: CentralRecord, extra: dict[int, bytes], found: tuple[int, int, int]) -> None:
    """Check the local sizes, and the zip64 field whether or not this header asks for it: some readers do."""
    crc, size, packed = found
    wide = extra.get(_EXTRA_ZIP64, b"")
    streamed = record.has_descriptor and wide == bytes(_TWO_WIDE)
    if wide and not streamed and wide != struct.pack("<QQ", record.size, record.compressed_size):
        raise ZIP_HEADERS_DISAGREE.error(f"the zip64 field of {record.name} has other sizes")
    if record.has_descriptor and not (crc or size or packed):
        return  # the descriptor after the data carries them
    if streamed and (crc, size, packed) == (0, _MAX32, _MAX32):
        return  # streaming zip64 writers saturate both and zero the field
    if wide and size == packed == _MAX32:
        size, packed = struct.unpack("<QQ", wide)
    if (crc, size, packed) != (record.crc32, record.size, record.compressed_size):
        raise ZIP_HEADERS_DISAGREE.error(f"the two headers of {record.name} disagree on sizes")
