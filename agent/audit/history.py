"""The recent end of the log, read backwards: when the last records were made, and how often keys were used.

The search ends at a line that a key's use was allowed by: the clock rule has seen
to it that no line before it is newer. A line of another outcome proves nothing
(a refusal is recorded with the wrong clock that it refuses).
"""

import os
from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from agent.audit.chain import AuditLine, parse_line
from agent.audit.door import AuditUsage, UsageQuery
from agent.audit.errors import AuditDamagedError
from agent.audit.head import load_head
from agent.audit.records import Outcome
from agent.audit.segments import list_rotated, read_last_line

_CHUNK = 64 * 1024


def count_backwards(path: Path, queries: tuple[UsageQuery, ...]) -> AuditUsage:
    """Count the uses of keys, reading the log's end back as far as the queries reach.

    Each line is checked against the one after it; `verify_audit` checks the whole. A log that is not there
    yet is an empty one. The caller holds the log's lock, if there are writers.

    Raises:
        AuditDamagedError: `audit-damaged` when a line is not what the next one was chained to.
        OSError: it cannot be read.

    """
    counts = [0] * len(queries)
    since = min((query.since for query in queries), default=None)
    newest: tuple[datetime, int] | None = None
    for line in _list_lines(path):
        if newest is None or line.time > newest[0]:
            newest = line.time, line.sequence
        if line.members.get("outcome") != Outcome.ALLOWED:
            continue
        if since is None or line.time <= since:
            break
        for number, query in enumerate(queries):
            counts[number] += query.matches(line)
    return AuditUsage(newest, tuple(counts))


def list_newest(path: Path, count: int) -> tuple[AuditLine, ...]:
    """List the newest lines, the oldest of them first; each is checked against the one after it.

    Raises:
        AuditDamagedError: `audit-damaged`, as for `count_backwards`.
        OSError: it cannot be read.

    """
    return tuple(reversed(tuple(islice(_list_lines(path), count))))


def _list_lines(path: Path) -> Iterator[AuditLine]:
    """Yield the lines of all files from the last to the first, each chained to the one yielded before."""
    after: AuditLine | None = None
    known = load_head(path).head.sequence
    for segment in _list_segments_backwards(path):
        with segment.open("rb") as file:
            for content in _list_backwards(file):
                number = after.sequence - 1 if after else max(known, 1)
                line = parse_line(content, path=segment, number=number)
                if after is None and line.sequence < known:
                    raise AuditDamagedError(segment, known, "is torn, or missing: the head file knows it")
                if after is not None and not after.follows(line.head):
                    raise AuditDamagedError(
                        segment, line.sequence, f"is not what record {after.sequence} was chained to"
                    )
                yield line
                after = line


def _list_segments_backwards(path: Path) -> Iterator[Path]:
    """Yield the files of the log, that which grows first; mostly nobody asks for another."""
    if path.exists():
        yield path
    yield from reversed(list_rotated(path))


def _list_backwards(file: BinaryIO) -> Iterator[bytes]:
    """Yield the octets of each line without its newline, the last first, reading a piece at a time.

    A part of a line at the end is none: its process was killed while it was written.
    """
    size = file.seek(0, os.SEEK_END)
    _, whole = read_last_line(file.fileno(), size)
    start = max(whole - 1, 0)
    pieces: list[bytes] = []
    if not whole:
        return
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
