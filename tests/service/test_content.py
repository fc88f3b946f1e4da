"""Files that are signed beside: hashed in one reading, and kept in memory only when they may be workbooks."""

import hashlib
import tracemalloc
from pathlib import Path

import pytest

from agent.errors import UsageError
from agent.service.detached import read_content

_ZIP = b"PK\x03\x04"
_MEBIBYTE = 1024 * 1024


def _write(path: Path, start: bytes, size: int) -> Path:
    """Write a file of that many octets; the rest of it are zeros that take no room."""
    with path.open("wb") as stream:
        stream.write(start)
        stream.truncate(size)
    return path


@pytest.mark.parametrize(
    ("start", "too_large"), [(b"any", False), (_ZIP, True)], ids=["any", "zip beyond the limit"]
)
def test_a_large_file_is_not_held_in_memory(tmp_path: Path, start: bytes, too_large: bool) -> None:
    """32 MiB are hashed in a tenth of that, also when they look like a workbook."""
    file = _write(tmp_path / "large", start, 32 * _MEBIBYTE)
    tracemalloc.start()
    try:
        content = read_content(file, ("sha512",), keep=_MEBIBYTE)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 4 * _MEBIBYTE
    assert (content.octets, content.too_large) == (None, too_large)
    with file.open("rb") as stream:
        assert content.digests["sha512"] == hashlib.file_digest(stream, "sha512").digest()


def test_what_may_be_a_workbook_is_kept_as_it_was_hashed(tmp_path: Path) -> None:
    """The form is read from the very octets that are signed; nothing else is kept."""
    workbook = _write(tmp_path / "a.xlsx", _ZIP, 3 * _MEBIBYTE)
    content = read_content(workbook, (), keep=3 * _MEBIBYTE)
    assert content.octets == workbook.read_bytes()
    assert content.sha256 == hashlib.sha256(workbook.read_bytes()).hexdigest()
    assert read_content(_write(tmp_path / "a.txt", b"text", 100), (), keep=_MEBIBYTE).octets is None
    assert read_content(_write(tmp_path / "empty", b"", 0), (), keep=_MEBIBYTE).octets is None


@pytest.mark.parametrize(("name", "code"), [("nowhere", "file-missing"), (".", "file-is-directory")])
def test_what_cannot_be_read_is_said(tmp_path: Path, name: str, code: str) -> None:
    """As for every other file."""
    with pytest.raises(UsageError) as caught:
        read_content(tmp_path / name, (), keep=0)
    assert caught.value.code == code
