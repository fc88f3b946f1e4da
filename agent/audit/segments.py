"""Rotation: the files that the log was, and the one that it is.

A file that is full is renamed, `audit.jsonl.000000000812` after its last record, and the next record begins a
new one: its `previous` is the hash of the old file's last line, so that the chain goes through all of them.
Renaming is one step of the file system: there is no instant at which a crash would leave half a rotation.
"""

import os
import re
from datetime import datetime, timedelta
from pathlib import Path

from agent.audit.chain import EMPTY_HEAD, AuditHead, parse_line
from agent.audit.errors import AuditDamagedError
from agent.dataclass import dataclass

_DIGITS = 12
_CHUNK = 64 * 1024


@dataclass(frozen=True, slots=True)
class RotationSettings:
    """When a new file is begun; None means never by that."""

    max_bytes: int | None = None
    """A file that has reached this size is full."""
    max_age: timedelta | None = None
    """A file whose first record is so old is full."""

    def is_due(self, path: Path, at: datetime) -> bool:
        """Tell whether the log at `path` is full; raises OSError, AuditDamagedError."""
        try:
            size = path.stat().st_size
        except FileNotFoundError:
            return False
        if not size:
            return False
        if self.max_bytes is not None and size >= self.max_bytes:
            return True
        if self.max_age is None:
            return False
        with path.open("rb") as file:
            first = parse_line(file.readline().rstrip(b"\n"), path=path, number=1)
        return at - first.time >= self.max_age


def list_rotated(path: Path) -> list[Path]:
    """List the files that the log was before, the oldest first.

    Raises:
        OSError: the folder cannot be read.

    """
    name = re.compile(re.escape(path.name) + rf"\.[0-9]{{{_DIGITS}}}")
    try:
        return sorted(entry for entry in path.parent.iterdir() if name.fullmatch(entry.name))
    except FileNotFoundError:
        return []


def list_segments(path: Path) -> list[Path]:
    """List all files of the log in their order, that which grows last, when it is there; raises OSError."""
    return [*list_rotated(path), *([path] if path.exists() else [])]


def load_rotated_end(path: Path) -> AuditHead:
    """Load the head of what was rotated last: what the first line of the log is chained to.

    Raises:
        AuditDamagedError: it has no whole last line.
        OSError: it cannot be read.

    """
    rotated = list_rotated(path)
    if not rotated:
        return EMPTY_HEAD
    last = rotated[-1]
    with last.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        content, whole = read_last_line(file.fileno(), size)
    number = int(last.name[-_DIGITS:])
    if whole < size:
        raise AuditDamagedError(last, number, "is torn")
    return parse_line(content, path=last, number=number).head


def rotate(path: Path, end: AuditHead) -> Path:
    """Rename the log, whose last line is `end`; the caller holds its lock. Raises OSError."""
    rotated = path.with_name(f"{path.name}.{end.sequence:0{_DIGITS}}")
    if rotated.exists():
        raise FileExistsError(None, f"{rotated.name} is there already")
    path.rename(rotated)
    return rotated


def read_last_line(descriptor: int, size: int) -> tuple[bytes, int]:
    """Read the last line of a file's first `size` octets, without reading all of them.

    Returns it without its newline, and where it ends: before `size` when what follows is no whole line.
    """
    tail, start = b"", size
    while start > 0 and tail.count(b"\n") < 2:  # noqa: PLR2004 - its own end, and that of the line before
        step = min(max(_CHUNK, len(tail)), start)
        start -= step
        os.lseek(descriptor, start, os.SEEK_SET)
        tail = os.read(descriptor, step) + tail
    end = tail.rfind(b"\n") + 1
    return tail[: max(end - 1, 0)].rpartition(b"\n")[2], size - len(tail) + end
