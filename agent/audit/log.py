"""The log file: one line more at a time, whole and on disk, or not at all."""

import os
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock

from agent.audit.chain import EMPTY_HEAD, AuditHead, AuditLine, build_line, parse_line
from agent.audit.errors import AuditDamagedError, unwritable
from agent.audit.head import load_head, replace_head
from agent.audit.records import AuditRecord

_APPEND = os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)
_CHUNK = 64 * 1024


def _now() -> datetime:
    return datetime.now(UTC)


class AuditLog:
    """An append-only log, shared by any number of processes through a lock file beside it."""

    def __init__(
        self, path: Path, *, clock: Callable[[], datetime] = _now, lock_seconds: float = 30.0
    ) -> None:
        """Name the log; nothing is touched yet.

        Args:
            path: the log. Links are followed here, so that all its names share one lock and one head file.
            clock: gives the aware instant at which a line is written.
            lock_seconds: how long to wait for another process.

        """
        self.path = Path(os.path.realpath(path))
        self._clock = clock
        self._lock_seconds = lock_seconds

    def ensure_writable(self) -> None:
        """Open the log as `append` would and check its end, so that a key is not used in vain.

        Raises:
            AuditError: `audit-unwritable`, or `audit-damaged`.

        """
        with self._opened() as descriptor:
            self._load_end(descriptor)

    def append(self, record: AuditRecord) -> AuditLine:
        """Append one record; when this returns it is on disk.

        Raises:
            AuditError: `audit-unwritable` when it cannot be written; the log is as it was then.
            AuditDamagedError: `audit-damaged` when the log's end is not what the head file says.

        """
        with self._opened() as descriptor:
            line = build_line(record, after=self._load_end(descriptor), at=self._clock())
            self._write(descriptor, line)
            _sync_folder(self.path.parent)
            return line

    @contextmanager
    def _opened(self) -> Iterator[int]:
        """Hold the lock and the open log; whatever the operating system objects to is `audit-unwritable`."""
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            # Opened once before the lock: what is wrong with the place is then said at once, and no lock file
            # is left beside what is no log.
            os.close(_open_log(self.path))
            with lock_log(self.path, seconds=self._lock_seconds):
                descriptor = _open_log(self.path)
                try:
                    yield descriptor
                finally:
                    os.close(descriptor)
        except OSError as error:
            raise unwritable(self.path, error) from error

    def _load_end(self, descriptor: int) -> AuditHead:
        """Load the log's end and check it against the head file, cheaply: `verify_audit` reads all."""
        head = load_head(self.path)
        size = os.fstat(descriptor).st_size
        if size == 0:
            if head != EMPTY_HEAD:
                raise AuditDamagedError(
                    self.path, 1, f"is missing; the head file knows {head.sequence} lines"
                )
            return head
        content = _read_last_line(descriptor, size)
        if content is None:
            raise AuditDamagedError(
                self.path, head.sequence + 1, "is torn: the machine stopped while it was written"
            )
        last = parse_line(content, path=self.path, number=max(head.sequence, 1))
        if last.head == head:
            return head
        if not last.follows(head):
            raise AuditDamagedError(
                self.path, last.sequence, f"is not what the head file says the last line ({head.sequence}) is"
            )
        # A crash between the two writes: the line is whole, only the head file did not learn of it.
        replace_head(self.path, last.head)
        return last.head

    def _write(self, descriptor: int, line: AuditLine) -> None:
        """Write the line and then the head; what fails half way is taken back, so that no torn line stays."""
        size = os.fstat(descriptor).st_size
        try:
            _write_all(descriptor, line.content + b"\n")
            os.fsync(descriptor)
            replace_head(self.path, line.head)
        except OSError:
            with suppress(OSError):
                os.ftruncate(descriptor, size)
                os.fsync(descriptor)
            raise


def lock_log(path: Path, *, seconds: float) -> FileLock:
    """Build the lock of the log at `path`: a file beside it that stays (a lock file must keep its name).

    Entering it raises OSError when it cannot be had, TimeoutError when not in time.
    """
    name = path.with_name(path.name + ".lock")
    return FileLock(name, timeout=seconds, mode=0o600, preserve_lock_file=True, fallback_to_soft=False)


def _open_log(path: Path) -> int:
    """Open the log for appending, or make it, for its owner alone; raises OSError."""
    descriptor = os.open(path, _APPEND, 0o600)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(None, "not a regular file")
    return descriptor


def _read_last_line(descriptor: int, size: int) -> bytes | None:
    """Read the last line of a log that is not empty, without reading all of it; None if it has no end."""
    tail, start = b"", size
    while start > 0 and b"\n" not in tail[:-1]:
        step = min(max(_CHUNK, len(tail)), start)
        start -= step
        os.lseek(descriptor, start, os.SEEK_SET)
        tail = os.read(descriptor, step) + tail
    if not tail.endswith(b"\n"):
        return None
    return tail[:-1].rpartition(b"\n")[2]


def _write_all(descriptor: int, data: bytes) -> None:
    """Write everything; the operating system may take less at a time."""
    remaining = memoryview(data)
    while remaining:
        remaining = remaining[os.write(descriptor, remaining) :]


def _sync_folder(folder: Path) -> None:
    """Put the folder's entries on disk, where folders can be opened (not on Windows)."""
    if sys.platform == "win32":
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
