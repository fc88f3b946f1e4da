"""The log file: one line more at a time, whole and on disk, or not at all."""

import os
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from agent.audit.chain import AuditLine, build_line, parse_line
from agent.audit.door import AuditSummary, AuditUsage, UsageGuard, UsageQuery
from agent.audit.errors import AuditDamagedError, unreadable, unwritable
from agent.audit.head import HeadFile, load_head, replace_head
from agent.audit.held import Standing, look_at, remove_left
from agent.audit.history import count_backwards, list_newest
from agent.audit.locking import lock_log, reading_log
from agent.audit.records import AuditRecord
from agent.audit.segments import RotationSettings, load_rotated_end, read_last_line, rotate
from agent.audit.verification import list_file_lines, verify_audit

_APPEND = os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)
_NO_ROTATION = RotationSettings()


def _now() -> datetime:
    return datetime.now(UTC)


class AuditLog:
    """An append-only log, shared by any number of processes: an `AuditStore`."""

    def __init__(
        self,
        path: Path,
        *,
        clock: Callable[[], datetime] = _now,
        lock_seconds: float = 30.0,
        rotation: RotationSettings = _NO_ROTATION,
    ) -> None:
        """Name the log; nothing is touched yet.

        Args:
            path: the log. Links are followed here, so that all its names share one lock and one head file.
            clock: gives the aware instant at which a line is written.
            lock_seconds: how long to wait for another process.
            rotation: when a new file is begun.

        """
        self.path = Path(os.path.realpath(path))
        self._clock = clock
        self._lock_seconds = lock_seconds
        self._rotation = rotation

    @property
    def place(self) -> str:
        """The file."""
        return str(self.path)

    def ensure_writable(self) -> None:
        """Open the log as `append` would, check its end, and close decisions that were left open.

        Raises:
            AuditError: `audit-unwritable`, or `audit-damaged`.

        """
        with self._opened() as descriptor:
            self._settle(descriptor, self._load_end(descriptor))

    def append(self, record: AuditRecord, guard: UsageGuard | None = None) -> AuditLine:
        """Append one record; when this returns it is on disk.

        Raises:
            AuditError: `audit-unwritable` when it cannot be written; the log is as it was then.
            AuditDamagedError: `audit-damaged` when the log's end is not what the head file says.
            IkiError: what `guard` raises.

        """
        with self._opened() as descriptor:
            state = self._settle(descriptor, self._load_end(descriptor))
            at = self._clock()
            if guard is not None:
                queries = guard.list_queries(at)
                guard.decide(at, count_backwards(self.path, queries).counts if queries else ())
            line = build_line(record, after=state.head, at=at)
            self._write(descriptor, line, state.after(line))
            with _doubting():
                _sync_folder(self.path.parent)
            return line

    def count_usage(self, queries: tuple[UsageQuery, ...]) -> AuditUsage:
        """Count uses of keys, and find the newest record.

        Raises:
            AuditDamagedError: `audit-damaged` when a line is not what the next one was chained to.
            AuditError: `audit-unreadable`.

        """
        try:
            with reading_log(self.path, seconds=self._lock_seconds):
                return count_backwards(self.path, queries)
        except OSError as error:
            raise unreadable(self.path, error) from error

    def list_lines(self) -> Iterator[AuditLine]:
        """Yield every line, of the oldest file first; a line that is being written is waited for.

        Raises:
            AuditDamagedError: a line is none of ours.
            AuditError: `audit-unreadable`.

        """
        try:
            with reading_log(self.path, seconds=self._lock_seconds):
                yield from list_file_lines(self.path)
        except OSError as error:
            raise unreadable(self.path, error) from error

    def list_newest(self, count: int) -> tuple[AuditLine, ...]:
        """List the newest lines, the oldest of them first; raises as `list_lines`."""
        try:
            with reading_log(self.path, seconds=self._lock_seconds):
                return list_newest(self.path, count)
        except OSError as error:
            raise unreadable(self.path, error) from error

    def verify(self, *, keep: frozenset[int] = frozenset()) -> AuditSummary:
        """Verify every line of every file, and the head file; raises AuditError."""
        return verify_audit(self.path, keep=keep)

    def rotate(self) -> str | None:
        """Begin a new file; returns the name of the old one, None when it has no lines.

        Raises:
            AuditError: `audit-unwritable`, or `audit-damaged`.

        """
        with self._opened() as descriptor:
            state = self._settle(descriptor, self._load_end(descriptor))
            if not os.fstat(descriptor).st_size:
                return None
            rotated = rotate(self.path, state.head)
            _sync_folder(self.path.parent)
            return str(rotated)

    @contextmanager
    def _opened(self) -> Iterator[int]:
        """Hold the lock and the open log; whatever the operating system objects to is `audit-unwritable`."""
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            # Opened once before the lock: what is wrong with the place is then said at once, and no lock file
            # is left beside what is no log.
            os.close(_open_log(self.path))
            with lock_log(self.path, seconds=self._lock_seconds):
                self._rotate_when_due()
                descriptor = _open_log(self.path)
                try:
                    yield descriptor
                finally:
                    os.close(descriptor)
        except OSError as error:
            raise unwritable(self.path, error, in_doubt=isinstance(error, _InDoubtError)) from error

    def _rotate_when_due(self) -> None:
        if self._rotation == _NO_ROTATION or not self._rotation.is_due(self.path, self._clock()):
            return
        descriptor = _open_log(self.path)
        try:
            rotate(self.path, self._load_end(descriptor).head)
        finally:
            os.close(descriptor)

    def _load_end(self, descriptor: int) -> HeadFile:
        """Load the log's end and check it against the head file, cheaply: `verify_audit` reads all."""
        state = load_head(self.path)
        size = os.fstat(descriptor).st_size
        if size == 0:
            if state.head != load_rotated_end(self.path):
                raise AuditDamagedError(
                    self.path, 1, f"is missing; the head file knows {state.head.sequence} lines"
                )
            return state
        content, whole = read_last_line(descriptor, size)
        if whole < size:
            return self._cut_torn(descriptor, whole, state)
        last = parse_line(content, path=self.path, number=max(state.head.sequence, 1))
        if last.head == state.head:
            return state
        if not last.follows(state.head):
            raise AuditDamagedError(
                self.path,
                last.sequence,
                f"is not what the head file says the last line ({state.head.sequence}) is",
            )
        # A crash between the two writes: the line is whole, only the head file did not learn of it.
        replace_head(self.path, state.after(last))
        return state.after(last)

    def _cut_torn(self, descriptor: int, whole: int, state: HeadFile) -> HeadFile:
        """Cut off the part of a line that was being written when its process was killed.

        The head file does not know of it, so nothing was released on its account; the octets are kept beside.
        """
        end, _ = read_last_line(descriptor, whole)
        number = max(state.head.sequence, 1)
        last = parse_line(end, path=self.path, number=number).head if whole else load_rotated_end(self.path)
        if last != state.head:
            raise AuditDamagedError(self.path, last.sequence + 1, "is torn, and the head file knows it whole")
        torn = os.pread(descriptor, os.fstat(descriptor).st_size - whole, whole)
        kept = os.open(self.path.with_name(self.path.name + ".torn"), _APPEND, 0o600)
        try:
            _write_all(kept, torn + b"\n")
            os.fsync(kept)
        finally:
            os.close(kept)
        os.ftruncate(descriptor, whole)
        os.fsync(descriptor)
        return state

    def _settle(self, descriptor: int, state: HeadFile) -> HeadFile:
        """Look what became of what is held: forgotten when it has appeared, closed when it never will."""
        for held in state.held:
            standing = look_at(held)
            if standing is Standing.SETTLED:
                state = state.without(held)
            elif standing is Standing.LEFT:
                line = build_line(held.build_closing(), after=state.head, at=self._clock())
                self._write(descriptor, line, state.after(line))
                state = state.after(line)
                remove_left(held)
        return state

    def _write(self, descriptor: int, line: AuditLine, state: HeadFile) -> None:
        """Write the line and then the head; what fails half way is taken back, so that no torn line stays."""
        size = os.fstat(descriptor).st_size
        try:
            _write_all(descriptor, line.content + b"\n")
            os.fsync(descriptor)
            replace_head(self.path, state)
        except OSError:
            with _doubting():
                os.ftruncate(descriptor, size)
                os.fsync(descriptor)
            raise


class _InDoubtError(OSError):
    """It failed, and it is not known how much of it was done."""


@contextmanager
def _doubting() -> Iterator[None]:
    """Say of an error that what was to be written may be there."""
    try:
        yield
    except OSError as error:
        raise _InDoubtError(*error.args) from error


def _open_log(path: Path) -> int:
    """Open the log for appending, or make it, for its owner alone; raises OSError."""
    descriptor = os.open(path, _APPEND, 0o600)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(None, "not a regular file")
    return descriptor


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
