"""A file and the `.p7s` over it: read, and hashed without being held in memory.

The one exception is a workbook, whose form is to be read: its octets are kept while they are hashed, up to
the limit on workbooks, so that what the form says is what is signed.
"""

import hashlib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import BinaryIO

from agent.dataclass import dataclass
from agent.findings import Observation
from agent.formats.cms.signed_data import SignedData, load_signed_data
from agent.formats.package.digests import digest_parts
from agent.formats.spreadsheet.lint import ContentScan
from agent.service.files import open_regular, read_file, translating_os_errors

_PIECE = 1024 * 1024
_ZIP = b"PK\x03\x04"
_ALWAYS = "sha256"
"""The hash that reports and audit lines name the file by."""


@dataclass(frozen=True, slots=True)
class Content:
    """A file, hashed in one reading."""

    digests: Mapping[str, bytes]
    """By hash name; SHA-256 is always there."""
    octets: bytes | None
    """The octets that were hashed, when they may be a workbook; None when not, or when they are too many."""
    too_large: bool = False
    """It may be a workbook, but is larger than what was to be kept."""

    @property
    def sha256(self) -> str:
        """SHA-256 in hex."""
        return self.digests[_ALWAYS].hex()


def read_content(path: Path, hashes: Collection[str], *, keep: int) -> Content:
    """Read a file of any size; the octets of a zip are kept when they are at most `keep`.

    Raises:
        UsageError: `file-missing`, `file-is-directory`, `file-unreadable`.

    """
    with translating_os_errors(path, what="file"), open_regular(path) as stream:
        return read_open_content(stream, path, hashes, keep=keep)


def read_open_content(stream: BinaryIO, path: Path, hashes: Collection[str], *, keep: int) -> Content:
    """Read a file that is open already, as `read_content` does.

    Raises:
        UsageError: `file-unreadable`.

    """
    states = {name: hashlib.new(name) for name in {*hashes, _ALWAYS}}
    kept: list[bytes] | None = []
    size, too_large = 0, False
    with translating_os_errors(path, what="file"):
        while piece := stream.read(_PIECE):
            for state in states.values():
                state.update(piece)
            size += len(piece)
            if kept is not None:
                kept.append(piece)
                is_zip = kept[0].startswith(_ZIP)
                too_large = is_zip and size > keep
                kept = kept if is_zip and not too_large else None
    octets = b"".join(kept) if kept else None
    return Content({name: state.digest() for name, state in states.items()}, octets, too_large)


def read_signature(path: Path, *, limit: int) -> SignedData:
    """Read a `.p7s` of at most `limit` octets.

    Raises:
        UsageError: the file cannot be read.
        DocumentError: it is too large, or not a CMS signature of the profile.

    """
    return load_signed_data(read_file(path, what="signature", limit=limit))


def look_through(scan: ContentScan) -> tuple[Observation, ...]:
    """Look through a workbook that is signed from outside, part by part.

    Raises:
        DocumentError: `zip-data` when a part is damaged.

    """
    digest_parts(scan.package, scan.package.entries, scan.find_tap)
    return scan.finish()
