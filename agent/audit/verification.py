"""Verification of a whole record: nothing changed, removed, re-ordered or cut off."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import field
from pathlib import Path
from typing import NoReturn

from agent.audit.chain import EMPTY_HEAD, AuditHead, AuditLine, parse_line
from agent.audit.door import AuditSummary
from agent.audit.errors import AuditDamagedError, unreadable
from agent.audit.head import load_head
from agent.audit.held import Standing, look_at
from agent.audit.locking import READER_SECONDS, reading_log
from agent.audit.segments import list_segments
from agent.dataclass import dataclass

_LOCK_SECONDS = READER_SECONDS


@dataclass(slots=True)
class ChainWalk:
    """A walk along a chain from its first record; `end` is where it has come to."""

    place: Path | str
    """The file that is being read, or the database."""
    end: AuditHead = EMPTY_HEAD
    before: AuditHead = EMPTY_HEAD
    """The end before the last step."""
    keep: frozenset[int] = frozenset()
    """Numbers of the records whose hashes are kept, for anchors."""
    kept: dict[int, str] = field(default_factory=dict)

    def step(self, line: AuditLine) -> None:
        """Go on to the next record.

        Raises:
            AuditDamagedError: it does not continue the chain.

        """
        number = self.end.sequence + 1
        if line.sequence != number:
            problem = f"holds record {line.sequence}: a line was removed, added or moved"
            raise AuditDamagedError(self.place, number, problem)
        if line.previous != self.end.sha256:
            raise AuditDamagedError(
                self.place, max(self.end.sequence, 1), f"is not what record {number} was chained to"
            )
        self.before, self.end = self.end, line.head
        if number in self.keep:
            self.kept[number] = self.end.sha256


def verify_audit(path: Path, *, head_needed: bool = True, keep: frozenset[int] = frozenset()) -> AuditSummary:
    """Verify every line of the log, of rotated files too, and its end against the head file beside it.

    A log that is one line ahead of its head file is whole, and so is one that ends in a part of a line which
    the head file does not know: the machine stopped between the two writes, or in the first.
    A writer is waited for; a copy without a lock file is read as it is.

    Args:
        path: the log.
        head_needed: whether a log without a head file is damaged; an anchor can stand in for it.
        keep: numbers of the lines whose hashes the summary is to have.

    Raises:
        AuditDamagedError: `audit-damaged`; `line` is the first line that is not as it was written.
        AuditError: `audit-unreadable` when the log is not there or cannot be read.

    """
    path = Path(os.path.realpath(path))
    walk = ChainWalk(path, keep=keep)
    try:
        with reading_log(path, seconds=_LOCK_SECONDS):
            state = load_head(path)
            segments = list_segments(path)
            if not segments:
                if state.head != EMPTY_HEAD:
                    raise AuditDamagedError(path, 1, "is missing, with the whole log; its head file is there")
                path.open("rb").close()  # says what is wrong
            for line in _list_segment_lines(segments, walk, state.head):
                walk.step(line)
    except OSError as error:
        raise unreadable(path, error) from error
    if state.head not in (walk.before, walk.end) and (head_needed or state.head != EMPTY_HEAD):
        _refuse_end(walk.end, state.head, path)
    held = tuple(each.sequence for each in state.held if look_at(each) is not Standing.SETTLED)
    return AuditSummary(walk.end.sequence, walk.end, held, walk.kept)


def list_file_lines(path: Path) -> Iterator[AuditLine]:
    """Yield every line of the log and of its rotated files; raises OSError, AuditDamagedError."""
    walk = ChainWalk(path)
    head = load_head(path).head
    for line in _list_segment_lines(list_segments(path), walk, head):
        walk.end = AuditHead(line.sequence, "")
        yield line


def _list_segment_lines(segments: Iterable[Path], walk: ChainWalk, head: AuditHead) -> Iterator[AuditLine]:
    """Yield the lines of the files in their order; `walk` counts them, and learns which file it is in."""
    for segment in segments:
        walk.place = segment
        with segment.open("rb") as file:
            for content in file:
                number = walk.end.sequence + 1
                if not content.endswith(b"\n"):
                    if number > head.sequence:
                        return  # its process was killed while it was written: it was never a record
                    raise AuditDamagedError(
                        segment, number, "is torn: the machine stopped while it was written"
                    )
                yield parse_line(content[:-1], path=segment, number=number)


def _refuse_end(end: AuditHead, head: AuditHead, path: Path) -> NoReturn:
    """Say how a chain that is whole in itself differs from its head file."""
    if head.sequence > end.sequence:
        problem = f"is missing: the head file knows {head.sequence} lines"
        raise AuditDamagedError(path, end.sequence + 1, problem)
    if head.sequence < end.sequence - 1:
        problem = f"was added behind the head file's back, which knows {head.sequence} lines"
        raise AuditDamagedError(path, head.sequence + 1, problem)
    raise AuditDamagedError(path, head.sequence, "is not what the head file says it was")
