"""Outputs that are held: decided to leave, recorded, and still under their temporary name.

A process may be killed between the record of a decision and the moment at which its output appears. What is
then true can be read off the temporary file: it is there, under that name alone, exactly as long as the
output has not appeared. So the record names it, the head keeps a list of what is held, and whoever appends
next looks: a temporary file that is there and that no living process has locked will never appear; the record
`not-released` is written, and after it the file is removed. A temporary file that is gone has become the
output, or its own process has recorded what became of it.
"""

import os
import stat
import sys
from contextlib import suppress
from enum import Enum, auto
from pathlib import Path
from typing import Any, Self

from agent.audit.chain import AuditLine
from agent.audit.records import AuditRecord, Outcome, current_requester
from agent.dataclass import dataclass
from agent.findings import Finding, Level
from agent.operations import Operation

if sys.platform != "win32":
    import fcntl

_MEMBERS = ("decision", "operation", "signer", "file", "output", "held_in", "sha256_after")
_SUFFIX = ".iki-part"
"""How temporary names end (`agent.service.release`): a file of another name is not ours to remove."""
_OPEN = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


class Standing(Enum):
    """What became of an output that is held."""

    WAITING = auto()
    """Its process lives, or it cannot be told."""
    SETTLED = auto()
    """It has appeared, or its process has recorded that it has not."""
    LEFT = auto()
    """Its process ended without releasing it; it never will be."""


@dataclass(frozen=True, slots=True)
class HeldOutput:
    """An output that a record allowed to leave."""

    sequence: int
    """Number of that record."""
    decision: str
    operation: str
    output: str
    """Where it appears."""
    held_in: str
    """Its temporary name."""
    signer: str | None = None
    file: str | None = None
    sha256_after: str | None = None

    @classmethod
    def find_in(cls, line: AuditLine) -> Self | None:
        """Find what a line says is held; None when it says nothing of that kind."""
        members = line.members
        if members.get("outcome") != Outcome.ALLOWED or members.get("held_in") is None:
            return None
        return cls.build({"sequence": line.sequence} | members)

    @classmethod
    def build(cls, members: dict[str, Any]) -> Self | None:
        """Build it from JSON members; None when they are of wrong types."""
        sequence = members.get("sequence")
        named = {name: members.get(name) for name in _MEMBERS}
        texts = all(value is None or isinstance(value, str) for value in named.values())
        known = all(named[name] for name in ("decision", "operation", "output", "held_in"))
        if not isinstance(sequence, int) or not texts or not known or named["operation"] not in _OPERATIONS:
            return None
        if not str(named["held_in"]).endswith(_SUFFIX):
            return None
        return cls(sequence=sequence, **named)  # type: ignore[arg-type]  # looked at above

    def describe(self) -> dict[str, object]:
        """Build the JSON members, those that are None left out."""
        members: dict[str, object] = {name: getattr(self, name) for name in _MEMBERS}
        return {"sequence": self.sequence} | {
            name: value for name, value in members.items() if value is not None
        }

    def build_closing(self, agent: str | None = None) -> AuditRecord:
        """Build the record that closes the decision: it was not released."""
        finding = Finding(
            "process-ended",
            Level.REFUSE,
            "operation",
            f"the process that made record {self.sequence} ended before its output appeared",
            "docs/audit.md",
        )
        return AuditRecord(
            operation=Operation(self.operation),
            outcome=Outcome.NOT_RELEASED,
            requester=current_requester(),
            signer=self.signer,
            file=self.file,
            sha256_after=self.sha256_after,
            decision=self.decision,
            output=self.output,
            findings=(finding,),
            agent=agent,
        )


_OPERATIONS = frozenset(Operation)


def hold(descriptor: int) -> None:
    """Lock an open temporary file for as long as it is open: so others see that its process lives."""
    if sys.platform != "win32":
        with suppress(OSError):  # a file system without locks: then nobody can take it, and nobody closes
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def look_at(held: HeldOutput) -> Standing:
    """Look what became of an output that is held."""
    part = Path(held.held_in)
    try:
        descriptor = os.open(part, _OPEN)
    except FileNotFoundError:
        return Standing.SETTLED
    except OSError:
        return Standing.WAITING
    try:
        if has_appeared(part, Path(held.output)):
            return Standing.SETTLED
        return _look_at_owner(descriptor, part)
    finally:
        os.close(descriptor)


def has_appeared(part: Path, output: Path) -> bool:
    """Tell whether the output is there: the temporary name is gone, or it is a second name of the output."""
    try:
        found = part.lstat()
    except FileNotFoundError:
        return True
    except OSError:
        return False
    if not stat.S_ISREG(found.st_mode) or found.st_nlink < 2:  # noqa: PLR2004 - two names
        return False
    with suppress(OSError):
        return part.samefile(output)
    return False


def remove_left(held: HeldOutput) -> None:
    """Remove the temporary file of an output whose decision is closed; what cannot be removed stays."""
    with suppress(OSError):
        Path(held.held_in).unlink()


def _look_at_owner(descriptor: int, part: Path) -> Standing:
    """Tell whether a process has the file locked; without locks nobody can tell."""
    if sys.platform == "win32":
        return Standing.WAITING
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        is_same = os.path.samestat(os.fstat(descriptor), part.lstat())
    except FileNotFoundError:
        return Standing.SETTLED
    except OSError:
        return Standing.WAITING
    return Standing.LEFT if is_same else Standing.SETTLED
