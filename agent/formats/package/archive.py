"""A zip file read strictly: what the central directory says, the local headers must say too.

Lenient readers disagree with each other about which bytes a name stands for,
and a signature is only worth what every reader sees. So: no gap, prefix,
suffix, comment or encryption, only stored and deflate, and names are unique.

Source: PKWARE APPNOTE 6.3.9; ECMA-376 part 2, annex B.
"""

import struct
from itertools import pairwise

from agent.config.limits import DocumentLimits
from agent.dataclass import dataclass
from agent.formats.package.findings import (
    LIMIT_ENTRIES,
    LIMIT_ENTRY_SIZE,
    LIMIT_RATIO,
    LIMIT_TOTAL_SIZE,
    PACKAGE_EMPTY,
    PACKAGE_NOT_ZIP,
    ZIP_GAP,
    ZIP_HEADERS_DISAGREE,
    ZIP_OVERLAP,
    ZIP_PREFIX,
)
from agent.formats.package.zip_records import (
    CentralRecord,
    EndOfDirectory,
    central_record,
    find_end_of_directory,
    local_header_length,
)

_DESCRIPTOR_SIGNATURE = b"PK\x07\x08"


@dataclass(frozen=True, slots=True)
class Entry:
    """One zip entry; offsets are octets from the start of the file."""

    central: CentralRecord
    data_offset: int
    """Where the compressed octets start."""
    end_offset: int
    """Where the next entry, or the central directory, starts; includes a data descriptor."""

    @property
    def name(self) -> str:
        """The item name as stored, without a leading slash."""
        return self.central.name


@dataclass(frozen=True, slots=True)
class Archive:
    """A zip file held in memory, its entries in file order."""

    data: memoryview
    entries: tuple[Entry, ...]
    end: EndOfDirectory

    def compressed(self, entry: Entry) -> memoryview:
        """Show the compressed octets of an entry."""
        return self.data[entry.data_offset : entry.data_offset + entry.central.compressed_size]

    def raw(self, entry: Entry) -> memoryview:
        """Show local header, compressed octets and data descriptor: what a byte-for-byte copy takes."""
        return self.data[entry.central.header_offset : entry.end_offset]


def load_archive(data: bytes, limits: DocumentLimits) -> Archive:
    """Read the directory of a zip file and hold it against the local headers.

    Raises:
        DocumentError: `package-empty`, `package-not-zip`, `zip-*` for every departure from the
            strict profile, `limit-*` for a size or count over `limits`.

    """
    if not data:
        raise PACKAGE_EMPTY.error("the file is empty", hint="give the workbook as it was received")
    view = memoryview(data)
    end = find_end_of_directory(view)
    records = _read_directory(view, end, limits)
    ordered = sorted(records, key=lambda record: record.header_offset)
    starts = [record.header_offset for record in ordered] + [end.directory_offset]
    if starts[0] != 0:
        raise ZIP_PREFIX.error("the zip has octets before its first entry")
    entries = tuple(
        _locate(view, record, start, following)
        for record, (start, following) in zip(ordered, pairwise(starts), strict=True)
    )
    return Archive(view, entries, end)


def _read_directory(view: memoryview, end: EndOfDirectory, limits: DocumentLimits) -> list[CentralRecord]:
    if end.entry_count > limits.max_entries:
        raise LIMIT_ENTRIES.error(f"the zip has {end.entry_count} entries, the limit is {limits.max_entries}")
    if end.entry_count == 0:
        raise PACKAGE_NOT_ZIP.error("the zip has no entries")
    records = []
    position = end.directory_offset
    for _ in range(end.entry_count):
        record, position = central_record(view, position, end.directory_end)
        records.append(record)
    if position != end.directory_end:
        raise ZIP_GAP.error("the zip's central directory has octets after its last record")
    _check_sizes(records, limits)
    return records


def _check_sizes(records: list[CentralRecord], limits: DocumentLimits) -> None:
    """Judge the declared sizes; what is inflated is held to the same sizes while inflating."""
    total = 0
    for record in records:
        total += record.size
        if record.size > limits.max_entry_bytes:
            raise LIMIT_ENTRY_SIZE.error(f"{record.name} inflates to {record.size} octets")
        if record.size > limits.ratio_floor_bytes and record.size > limits.max_ratio * record.compressed_size:
            raise LIMIT_RATIO.error(f"{record.name} is compressed beyond {limits.max_ratio}:1")
    if total > limits.max_total_bytes:
        raise LIMIT_TOTAL_SIZE.error(f"the zip inflates to {total} octets")


def _locate(view: memoryview, record: CentralRecord, start: int, following: int) -> Entry:
    data_offset = start + local_header_length(view, record, following)
    data_end = data_offset + record.compressed_size
    if data_end > following:
        raise ZIP_OVERLAP.error(f"{record.name} runs into the next entry")
    tail = bytes(view[data_end:following])
    if record.has_descriptor:
        _check_descriptor(record, tail)
    elif tail:
        raise ZIP_GAP.error(f"there are octets between {record.name} and what follows it")
    return Entry(record, data_offset, following)


def _check_descriptor(record: CentralRecord, tail: bytes) -> None:
    """Match a data descriptor (APPNOTE 4.3.9): signature optional, sizes of 4 or 8 octets."""
    wanted = (record.crc32, record.compressed_size, record.size)
    for prefix in (_DESCRIPTOR_SIGNATURE, b""):
        for layout in ("<LLL", "<LQQ"):
            try:
                if tail == prefix + struct.pack(layout, *wanted):
                    return
            except struct.error:  # a size over 4 GiB does not fit the short layout
                continue
    raise ZIP_HEADERS_DISAGREE.error(f"the data descriptor of {record.name} is not what it should be")
