"""The zip is read strictly: what lenient readers would pass over is refused by name."""

import io
import struct
import zipfile
from collections.abc import Callable

import pytest

from agent.config.limits import DocumentLimits
from agent.errors import DocumentError
from agent.formats.package.archive import load_archive
from agent.formats.package.inflate import iter_entry
from agent.formats.package.package import open_package
from tests.support.signer import LIMITS, SoftwareLab
from tests.support.zips import build_zip, parts_of

_CENTRAL = b"PK\x01\x02"
_PLAIN = build_zip({"a.txt": b"alpha" * 20, "b.txt": b"beta"})


def _patched(offset_of: bytes, field: int, layout: str, value: int, *, nth: int = 0) -> bytes:
    """Change one field of the nth record that starts with `offset_of`."""
    position = -1
    for _ in range(nth + 1):
        position = _PLAIN.index(offset_of, position + 1)
    changed = bytearray(_PLAIN)
    struct.pack_into(layout, changed, position + field, value)
    return bytes(changed)


def _with_gap() -> bytes:
    """Octets between two entries, with the offsets corrected."""
    second = _PLAIN.index(b"PK\x03\x04", 1)
    directory = _PLAIN.index(_CENTRAL)
    changed = bytearray(_PLAIN[:second] + b"gap!" + _PLAIN[second:])
    last = changed.index(_CENTRAL, changed.index(_CENTRAL) + 1)
    struct.pack_into("<L", changed, last + 42, second + 4)
    struct.pack_into("<L", changed, len(changed) - 6, directory + 4)
    return bytes(changed)


def _encrypted() -> bytes:
    changed = bytearray(_PLAIN)
    struct.pack_into("<H", changed, 6, 1)
    struct.pack_into("<H", changed, changed.index(_CENTRAL) + 8, 1)
    return bytes(changed)


def _commented(entry: bytes, archive_comment: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        item = zipfile.ZipInfo("a.txt")
        item.comment = entry
        archive.writestr(item, b"alpha")
        archive.comment = archive_comment
    return stream.getvalue()


def _with_extra(tag: int) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        item = zipfile.ZipInfo("a.txt")
        item.extra = struct.pack("<HHL", tag, 4, 0)
        archive.writestr(item, b"alpha")
    return stream.getvalue()


def _method(method: int) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        archive.writestr("a.txt", b"alpha")
    return stream.getvalue()


def _stored_with_two_sizes() -> bytes:
    changed = bytearray(build_zip({"a.txt": b"alpha"}, stored=True))
    struct.pack_into("<L", changed, 22, 0)
    struct.pack_into("<L", changed, changed.index(_CENTRAL) + 24, 0)
    return bytes(changed)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "package-empty"),
        (b"no zip at all, but long enough to be one", "package-not-zip"),
        (b"PK\x03\x04", "package-not-zip"),
        (b"x" + _PLAIN, "package-not-zip"),
        (_PLAIN + b"x", "zip-suffix"),
        (_PLAIN[:-1], "zip-suffix"),
        (_commented(b"", b"archive comment"), "zip-suffix"),
        (_commented(b"entry comment", b""), "zip-comment"),
        (_with_gap(), "zip-gap"),
        (_encrypted(), "zip-encrypted"),
        (_method(zipfile.ZIP_BZIP2), "zip-method"),
        (_method(zipfile.ZIP_LZMA), "zip-method"),
        (_with_extra(0x7075), "zip-extra"),
        (_patched(b"PK\x03\x04", 8, "<H", 0), "zip-headers-disagree"),
        (_patched(b"PK\x03\x04", 14, "<L", 1), "zip-headers-disagree"),
        (_patched(b"PK\x03\x04", 30, "<B", ord("z")), "zip-headers-disagree"),
        (_patched(_CENTRAL, 24, "<L", 7), "zip-headers-disagree"),
        (_patched(_CENTRAL, 34, "<H", 1), "zip-directory"),
        (_patched(_CENTRAL, 38, "<L", 0o120777 << 16), "zip-file-type"),
        (_patched(_CENTRAL, 6, "<H", 255), "zip-version"),
        (_patched(b"PK\x03\x04", 4, "<H", 63), "zip-version"),
        (_stored_with_two_sizes(), "zip-headers-disagree"),
        (_patched(_CENTRAL, 42, "<L", 5), "zip-prefix"),
    ],
)
def test_a_lenient_readers_zip_is_refused(data: bytes, code: str) -> None:
    """Each departure from the strict zip has its own code, and no other exception comes out."""
    with pytest.raises(DocumentError) as caught:
        load_archive(data, LIMITS)
    assert caught.value.code == code


def test_what_is_inflated_is_held_to_its_declared_size() -> None:
    """A data stream that inflates to something else than its headers say is refused while inflating."""
    changed = bytearray(_PLAIN)
    for position, field in ((0, 22), (changed.index(_CENTRAL), 24)):
        struct.pack_into("<L", changed, position + field, 99)
    archive = load_archive(bytes(changed), LIMITS)
    with pytest.raises(DocumentError) as caught:
        list(iter_entry(archive, archive.entries[0]))
    assert caught.value.code == "zip-data"


@pytest.mark.parametrize(
    ("limits", "code"),
    [
        (DocumentLimits(max_entries=1), "limit-entries"),
        (DocumentLimits(max_entry_bytes=99), "limit-entry-size"),
        (DocumentLimits(max_total_bytes=103), "limit-total-size"),
        (DocumentLimits(max_ratio=1, ratio_floor_bytes=1), "limit-ratio"),
    ],
)
def test_a_document_over_a_limit_is_refused(limits: DocumentLimits, code: str) -> None:
    """Each limit has its own code."""
    with pytest.raises(DocumentError) as caught:
        load_archive(_PLAIN, limits)
    assert caught.value.code == code


def test_a_document_at_its_limits_is_read() -> None:
    """A limit is a maximum that is itself accepted."""
    limits = DocumentLimits(max_entries=2, max_entry_bytes=100, max_total_bytes=104)
    assert [entry.name for entry in load_archive(_PLAIN, limits).entries] == ["a.txt", "b.txt"]


def _rename(old: str, new: str) -> Callable[[dict[str, bytes]], dict[str, bytes]]:
    return lambda parts: {new if name == old else name: content for name, content in parts.items()}


def _also(new: str) -> Callable[[dict[str, bytes]], dict[str, bytes]]:
    return lambda parts: {**parts, new: b"<a/>"}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (_also("XL/WORKBOOK.XML"), "part-name-duplicate"),
        (_also("xl/%77orkbook.xml"), "part-name-invalid"),
        (_also("xl/workbook.xml/evil.xml"), "part-name-duplicate"),
        (_also("xl/../evil.xml"), "part-name-invalid"),
        (_also("xl\\evil.xml"), "part-name-invalid"),
        (_also("/xl/evil.xml"), "part-name-invalid"),
        (_also("xl/evil."), "part-name-invalid"),
        (_also("xl/e%2Fvil.xml"), "part-name-invalid"),
        (_also("xl/workbook.xml/[0].piece"), "part-name-invalid"),
        (_also("[content_types].xml"), "part-name-invalid"),
        (_also("xl/folder/"), "zip-file-type"),
        (_also("xl/evil"), "content-type-missing"),
        (_also("xl/_rels/evil.xml.rels"), "relationships-malformed"),
        (_rename("[Content_Types].xml", "types.xml"), "package-not-opc"),
        (_rename("_rels/.rels", "_RELS/.rels"), "package-not-opc"),
    ],
)
def test_a_part_that_readers_disagree_about_is_refused(
    form: bytes, change: Callable[[dict[str, bytes]], dict[str, bytes]], code: str
) -> None:
    """Names are compared as readers compare them, and every part has one content type."""
    with pytest.raises(DocumentError) as caught:
        open_package(build_zip(change(parts_of(form))), LIMITS)
    assert caught.value.code == code


def test_the_same_name_twice_is_refused(form: bytes) -> None:
    """Two entries of one name are two documents in one file."""
    stream = io.BytesIO(form)
    with pytest.warns(UserWarning, match="Duplicate name"), zipfile.ZipFile(stream, "a") as archive:
        archive.writestr("xl/workbook.xml", b"<a/>")
    with pytest.raises(DocumentError) as caught:
        open_package(stream.getvalue(), LIMITS)
    assert caught.value.code == "part-name-duplicate"


def test_damage_outside_of_every_signature_is_noticed(lab: SoftwareLab, countersigned: bytes) -> None:
    """Data that no signature covers is inflated and checked all the same: nothing hides behind it."""
    changed = bytearray(countersigned)
    entry = next(
        item for item in load_archive(countersigned, LIMITS).entries if item.name == "docProps/core.xml"
    )
    changed[entry.data_offset] ^= 0xFF
    verdict = lab.verify(bytes(changed))
    assert [finding.code for finding in verdict.findings] == ["zip-data"]
