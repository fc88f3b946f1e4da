"""Zips taken apart and put together again, by zipfile, which is not the reader under test."""

import io
import zipfile
from collections.abc import Callable, Mapping


def parts_of(workbook: bytes) -> dict[str, bytes]:
    """Read every entry of a zip, in its order."""
    with zipfile.ZipFile(io.BytesIO(workbook)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def build_zip(parts: Mapping[str, bytes], *, stored: bool = False) -> bytes:
    """Write a plain zip of the parts."""
    stream = io.BytesIO()
    method = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return stream.getvalue()


def edit(workbook: bytes, change: Callable[[dict[str, bytes]], object]) -> bytes:
    """Change a workbook's parts in place and zip them anew."""
    parts = parts_of(workbook)
    change(parts)
    return build_zip(parts)


def replace_in(name: str, old: bytes, new: bytes) -> Callable[[dict[str, bytes]], object]:
    """Build a change: replace `old`, which must be there exactly once, in one part."""

    def change(parts: dict[str, bytes]) -> None:
        assert parts[name].count(old) == 1, f"{old!r} stands {parts[name].count(old)} times in {name}"
        parts[name] = parts[name].replace(old, new)

    return change
