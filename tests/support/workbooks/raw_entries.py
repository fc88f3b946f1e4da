"""The octets of zip entries as they lie in the file, found with Python's own reader, not with ours."""

import io
import zipfile
from dataclasses import dataclass
from itertools import pairwise

_COMPARED = (
    "orig_filename",
    "date_time",
    "compress_type",
    "comment",
    "extra",
    "create_system",
    "create_version",
    "extract_version",
    "flag_bits",
    "internal_attr",
    "external_attr",
    "CRC",
    "compress_size",
    "file_size",
)


@dataclass(frozen=True, slots=True)
class RawEntry:
    """One entry: everything of it but its place in the file."""

    octets: bytes
    """From the local header to the end of the data, or of the data descriptor."""
    directory: tuple[object, ...]
    """What the central directory says of it."""


def list_raw_entries(package: bytes) -> dict[str, RawEntry]:
    """List the entries in the order in which they lie in the file; there must be no gap before any."""
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        entries = sorted(archive.infolist(), key=lambda entry: entry.header_offset)
        starts = [entry.header_offset for entry in entries] + [archive.start_dir]
    assert starts[0] == 0
    return {
        entry.filename: RawEntry(
            package[start:end], tuple(getattr(entry, attribute) for attribute in _COMPARED)
        )
        for entry, (start, end) in zip(entries, pairwise(starts), strict=True)
    }
