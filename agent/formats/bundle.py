"""Bundles: zip files of ours whose octets follow from their members alone.

Every member is stored, dated 1980-01-01, in an order that the writer chooses. A reader
who writes the members again gets the same octets, or the file is not one of ours: so no
octet of the container can carry anything that the members do not.

Source: docs/evidence.md, container; PKWARE APPNOTE 6.3.9.
"""

from collections.abc import Mapping
from types import MappingProxyType

from agent.config.limits import DocumentLimits
from agent.errors import DocumentError
from agent.formats.package.archive import load_archive
from agent.formats.package.inflate import iter_entry
from agent.formats.package.zip_records import STORED
from agent.formats.package.zip_write import iter_stored_zip

_HINT = "the file is not as `iki evidence` wrote it: get it again from where it was kept"


def build_bundle(members: Mapping[str, bytes]) -> bytes:
    """Build a bundle; the same members in the same order make the same octets, everywhere."""
    return b"".join(iter_stored_zip(members))


def load_bundle(data: bytes, limits: DocumentLimits) -> Mapping[str, bytes]:
    """Load the members of a bundle in the order of the file.

    Raises:
        DocumentError: `package-not-zip`, `zip-*` or `limit-*` as for every zip, `bundle-member-duplicate`,
            and `bundle-not-canonical` when an octet is not as `build_bundle` writes it.

    """
    try:
        members = _read_members(data, limits)
    except DocumentError as error:
        raise DocumentError(error.code, error.message, hint=_HINT) from error
    if not _is_canonical(data, members):
        raise DocumentError(
            "bundle-not-canonical", "the zip is not written as bundles are, octet for octet", hint=_HINT
        )
    return MappingProxyType(members)


def _read_members(data: bytes, limits: DocumentLimits) -> dict[str, bytes]:
    archive = load_archive(data, limits)
    members: dict[str, bytes] = {}
    for entry in archive.entries:
        if entry.name in members:
            raise DocumentError("bundle-member-duplicate", f"two members are called {entry.name}")
        if entry.central.method != STORED:
            raise DocumentError("bundle-not-canonical", f"{entry.name} is compressed; members are stored")
        members[entry.name] = b"".join(iter_entry(archive, entry))
    return members


def _is_canonical(data: bytes, members: Mapping[str, bytes]) -> bool:
    """Compare piece by piece: a second copy of a large bundle is not needed."""
    view, position = memoryview(data), 0
    for piece in iter_stored_zip(members):
        if view[position : position + len(piece)] != piece:
            return False
        position += len(piece)
    return position == len(data)
