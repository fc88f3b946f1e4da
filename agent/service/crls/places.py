"""How the place of a file is written: as text that SQLite takes, and that leads back to the file.

A file's name is octets. Those that are no UTF-8 come as lone surrogates, which no database takes; they are
written as escapes, and for the way back a backslash is doubled in such a name.
"""

import os
import re
from pathlib import Path
from typing import Final

_MARK: Final = "file-of-octets:"
_ESCAPE: Final = re.compile(rb"\\(?:\\|x([0-9a-f]{2}))")


def write_place(path: Path) -> str:
    """Write the place of a file: its path as it is, unless it is no text."""
    text = str(path)
    try:
        text.encode()
    except UnicodeEncodeError:
        octets = os.fsencode(path).replace(b"\\", b"\\\\")
        return _MARK + octets.decode("utf-8", "backslashreplace")
    return text


def read_place(place: str) -> Path:
    """Find the file whose place was written."""
    if not place.startswith(_MARK):
        return Path(place)
    octets = place.removeprefix(_MARK).encode()
    return Path(os.fsdecode(_ESCAPE.sub(_unescape, octets)))


def _unescape(found: re.Match[bytes]) -> bytes:
    return bytes.fromhex(found[1].decode()) if found[1] else b"\\"
