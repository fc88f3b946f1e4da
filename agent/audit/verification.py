"""Verification of a whole log: nothing changed, removed, re-ordered or cut off."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, NoReturn

from agent.audit.chain import EMPTY_HEAD, AuditHead, parse_line
from agent.audit.errors import AuditDamagedError, unreadable
from agent.audit.head import load_head
from agent.audit.log import lock_log

_LOCK_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class AuditSummary:
    """What a whole log amounts to."""

    count: int
    """Number of lines."""
    head: AuditHead
    """Keep it where the log's writers cannot reach: it proves the log up to here."""


def verify_audit(path: Path) -> AuditSummary:
    """Verify every line of the log, and its end against the head file beside it.

    A log that is one line ahead of its head file is whole: the machine stopped between the two writes.
    A writer is waited for; a copy without a lock file is read as it is.

    Raises:
        AuditDamagedError: `audit-damaged`; `line` is the first line that is not as it was written.
        AuditError: `audit-unreadable` when the log is not there or cannot be read.

    """
    path = Path(os.path.realpath(path))
    try:
        with reading_log(path):
            head = load_head(path)
            if head != EMPTY_HEAD and not path.exists():
                raise AuditDamagedError(path, 1, "is missing, and the log with it; its head file is there")
            with path.open("rb") as file:
                return _verify_lines(file, head, path)
    except OSError as error:
        raise unreadable(path, error) from error


@contextmanager
def reading_log(path: Path) -> Iterator[None]:
    """Keep writers out while the log is read, if there are any: they made the lock file.

    Who may not open it (an auditor with read-only access) reads without.
    """
    lock = lock_log(path, seconds=_LOCK_SECONDS)
    if not Path(lock.lock_file).exists():
        yield
        return
    try:
        lock.acquire()
    except TimeoutError:
        raise
    except OSError:
        yield
        return
    try:
        yield
    finally:
        lock.release()


def _verify_lines(file: BinaryIO, head: AuditHead, path: Path) -> AuditSummary:
    """Walk the chain from its first line."""
    before = end = EMPTY_HEAD
    for number, content in enumerate(file, start=1):
        if not content.endswith(b"\n"):
            raise AuditDamagedError(path, number, "is torn: the machine stopped while it was written")
        line = parse_line(content[:-1], path=path, number=number)
        if line.sequence != number:
            problem = f"holds record {line.sequence}: a line was removed, added or moved"
            raise AuditDamagedError(path, number, problem)
        if line.previous != end.sha256:
            raise AuditDamagedError(path, max(end.sequence, 1), f"is not what record {number} was chained to")
        before, end = end, line.head
    if head not in (before, end):
        _refuse_end(end, head, path)
    return AuditSummary(end.sequence, end)


def _refuse_end(end: AuditHead, head: AuditHead, path: Path) -> NoReturn:
    """Say how a chain that is whole in itself differs from its head file."""
    if head.sequence > end.sequence:
        problem = f"is missing: the head file knows {head.sequence} lines"
        raise AuditDamagedError(path, end.sequence + 1, problem)
    if head.sequence < end.sequence - 1:
        problem = f"was added behind the head file's back, which knows {head.sequence} lines"
        raise AuditDamagedError(path, head.sequence + 1, problem)
    raise AuditDamagedError(path, head.sequence, "is not what the head file says it was")
