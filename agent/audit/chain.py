"""The chain: how a record becomes a line, and what ties a line to the one before.

A line is one JSON object in one canonical form: keys sorted, no white space,
UTF-8. For the values that occur it is the form of RFC 8785. There is one way
to write a record, so a line that is written otherwise was not written by us.
"""

import hashlib
import json
from datetime import datetime
from pathlib import Path
from typing import Any, NoReturn

from agent.audit.errors import AuditDamagedError
from agent.audit.records import AuditRecord, describe_record
from agent.dataclass import dataclass
from agent.errors import UsageError
from agent.instants import format_instant, parse_instant


@dataclass(frozen=True, slots=True)
class AuditHead:
    """The end of a chain: enough to tell later that nothing before it changed or went."""

    sequence: int
    """Number of the last line; 0 when there is none."""
    sha256: str
    """SHA-256 of the last line without its newline, lower-case hex; 64 zeros when there is none."""


EMPTY_HEAD = AuditHead(0, "0" * 64)
"""The head of a log without lines, and what the first line names as previous."""


@dataclass(frozen=True, slots=True)
class AuditLine:
    """One line of the log."""

    sequence: int
    """Place in the log, from 1."""
    previous: str
    """SHA-256 of the line before, lower-case hex."""
    time: datetime
    """When it was written, by this machine's clock."""
    content: bytes
    """The line itself, without its newline."""

    @property
    def members(self) -> dict[str, Any]:
        """The JSON object that the line is."""
        return _load_object(self.content)

    def text(self, *names: str) -> str | None:
        """Find a member, or a member of a member, that is text; None when there is none."""
        found: object = self.members
        for name in names:
            found = found.get(name) if isinstance(found, dict) else None
        return found if isinstance(found, str) else None

    @property
    def head(self) -> AuditHead:
        """Build the head that the log has when this line is its last."""
        return AuditHead(self.sequence, hashlib.sha256(self.content).hexdigest())

    def follows(self, head: AuditHead) -> bool:
        """Tell whether this line is the next one after `head`."""
        return self.sequence == head.sequence + 1 and self.previous == head.sha256


def build_line(record: AuditRecord, *, after: AuditHead, at: datetime) -> AuditLine:
    """Build the line that continues the chain; `at` is an aware instant, kept in whole seconds."""
    members = describe_record(record)
    time = format_instant(at)
    members |= {"sequence": after.sequence + 1, "previous": after.sha256, "time": time}
    return AuditLine(after.sequence + 1, after.sha256, parse_instant(time), encode_canonical(members))


def parse_line(content: bytes, *, path: Path | str, number: int) -> AuditLine:
    """Parse one line of the log at `path` (a file, or a database); `number` is its place, for the error.

    Raises:
        AuditDamagedError: when it is not a line of this log in canonical form.

    """
    members = _load_object(content)
    sequence = members.get("sequence")
    if not isinstance(sequence, int) or isinstance(sequence, bool) or sequence < 1:
        raise AuditDamagedError(path, number, "is not an audit record")
    if encode_canonical(members) != content:
        raise AuditDamagedError(path, number, "was rewritten: it is not in canonical form")
    previous, time = members.get("previous"), members.get("time")
    if not isinstance(previous, str) or not isinstance(time, str):
        raise AuditDamagedError(path, number, "is not an audit record")
    try:
        instant = parse_instant(time)
    except UsageError as error:
        raise AuditDamagedError(path, number, "is not an audit record: its time is not one") from error
    return AuditLine(sequence, previous, instant, content)


def encode_canonical(members: dict[str, object]) -> bytes:
    """Write a JSON object in canonical form.

    A file name that is not UTF-8 reaches us with lone surrogates (PEP 383); they stay JSON escapes.
    """
    text = json.dumps(members, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode("utf-8", errors="backslashreplace")


def _load_object(content: bytes) -> dict[str, Any]:
    """Load a JSON object; anything else is an empty one, which no caller accepts."""
    try:
        members = json.loads(content.decode("utf-8"), parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        return {}
    return members if isinstance(members, dict) else {}


def _refuse_constant(name: str) -> NoReturn:
    """Refuse NaN and the infinities, which Python reads although JSON has none (RFC 8259 section 6)."""
    raise ValueError(name)
