"""The recent end of the log, read backwards: when the last records were made, and how often a key was used.

The search ends at a line that a key's use was allowed by: the clock rule has seen
to it that no line before it is newer. A line of another outcome proves nothing
(a refusal is recorded with the wrong clock that it refuses).
"""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from agent.audit.chain import AuditLine, parse_line
from agent.audit.errors import AuditDamagedError, unreadable
from agent.audit.records import Outcome
from agent.audit.verification import reading_log

_CHUNK = 64 * 1024


@dataclass(frozen=True, slots=True)
class AuditUse:
    """One use of a key: a signature that was allowed."""

    time: datetime
    signer: str | None
    """Name in the configuration."""
    certificate_sha256: str | None


@dataclass(frozen=True, slots=True)
class AuditHistory:
    """What the end of the log tells."""

    newest: AuditLine | None
    """The line with the latest time; None in an empty log."""
    uses: tuple[AuditUse, ...]
    """Newest first; complete from the instant that was asked for."""


def read_history(path: Path, *, since: datetime | None) -> AuditHistory:
    """Read the log's end, back to `since` (exclusive) for the uses; None asks for the newest line alone.

    Each line is checked against the one after it; `verify_audit` checks the whole. A log that is not there
    yet is an empty one.

    Raises:
        AuditDamagedError: `audit-damaged` when a line is not what the next one was chained to.
        AuditError: `audit-unreadable`.

    """
    path = Path(os.path.realpath(path))
    try:
        if not path.exists():
            return AuditHistory(None, ())
        with reading_log(path), path.open("rb") as file:
            return _walk(_list_lines(file, path), since)
    except OSError as error:
        raise unreadable(path, error) from error


def _walk(lines: Iterator[AuditLine], since: datetime | None) -> AuditHistory:
    newest: AuditLine | None = None
    uses: list[AuditUse] = []
    for line in lines:
        if newest is None or line.time > newest.time:
            newest = line
        members = json.loads(line.content)
        if members.get("outcome") != Outcome.ALLOWED:
            continue
        if since is None or line.time <= since:
            break
        certificate = members.get("certificate")
        sha256 = certificate.get("sha256") if isinstance(certificate, dict) else None
        uses.append(AuditUse(line.time, members.get("signer"), sha256))
    return AuditHistory(newest, tuple(uses))


def _list_lines(file: BinaryIO, path: Path) -> Iterator[AuditLine]:
    """Yield the lines from the last to the first, each chained to the one yielded before."""
    after: AuditLine | None = None
    for content in _list_backwards(file, path):
        line = parse_line(content, path=path, number=after.sequence - 1 if after else 1)
        if after is not None and not after.follows(line.head):
            raise AuditDamagedError(
                path, line.sequence, f"is not what record {after.sequence} was chained to"
            )
        yield line
        after = line


def _list_backwards(file: BinaryIO, path: Path) -> Iterator[bytes]:
    """Yield the octets of each line without its newline, the last first, reading a piece at a time."""
    start = file.seek(0, os.SEEK_END)
    pieces: list[bytes] = []
    if start:
        file.seek(start - 1)
        if file.read(1) != b"\n":
            raise AuditDamagedError(path, 1, "is torn: the machine stopped while the last line was written")
        start -= 1
    while start > 0:
        step = min(_CHUNK, start)
        start -= step
        file.seek(start)
        *before, last = file.read(step).split(b"\n")
        pieces.append(last)
        while before:
            yield b"".join(reversed(pieces))
            pieces = [before.pop()]
    if pieces:
        yield b"".join(reversed(pieces))
