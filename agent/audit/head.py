"""The head file beside the log: what the log's last line must be, and which outputs are held."""

import json
import os
import re
from pathlib import Path

from agent.audit.chain import EMPTY_HEAD, AuditHead, AuditLine, encode_canonical
from agent.audit.errors import AuditDamagedError
from agent.audit.held import HeldOutput
from agent.audit.records import Outcome
from agent.dataclass import dataclass

_SHA256 = re.compile(r"[0-9a-f]{64}")
_LARGEST = 16 * 1024 * 1024
"""Bytes; a head file is about a hundred, and some hundreds more for each output that is held."""
_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)


@dataclass(frozen=True, slots=True)
class HeadFile:
    """What the head file says."""

    head: AuditHead = EMPTY_HEAD
    held: tuple[HeldOutput, ...] = ()
    """Outputs that were allowed and had not appeared when the last line was written."""

    def after(self, line: AuditLine) -> "HeadFile":
        """Build what the file says when `line` is the last: it may hold an output, or close a decision."""
        members = line.members
        held = self.held
        if members.get("outcome") == Outcome.NOT_RELEASED:
            held = tuple(each for each in held if each.decision != members.get("decision"))
        new = HeldOutput.find_in(line)
        return HeadFile(line.head, held if new is None else (*held, new))

    def without(self, settled: HeldOutput) -> "HeadFile":
        """Build what the file says when an output is held no longer."""
        return HeadFile(self.head, tuple(each for each in self.held if each is not settled))


def head_path(path: Path) -> Path:
    """Build the head file's path from the log's."""
    return path.with_name(path.name + ".head")


def load_head(path: Path) -> HeadFile:
    """Load the head of the log at `path`; without a head file it is `EMPTY_HEAD`, and nothing is held.

    Raises:
        AuditDamagedError: when the head file is not one.
        OSError: when it cannot be read; the caller knows what for.

    """
    try:
        with head_path(path).open("rb") as file:
            data = file.read(_LARGEST + 1)
    except FileNotFoundError:
        return HeadFile()
    try:
        members = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise AuditDamagedError(head_path(path), None, "is not a head file") from error
    match members:
        case {"sequence": int(sequence), "sha256": str(sha256)} if sequence >= 1 and _SHA256.fullmatch(
            sha256
        ):
            return HeadFile(AuditHead(sequence, sha256), _list_held(members.get("held", []), path))
        case _:
            raise AuditDamagedError(head_path(path), None, "is not a head file")


def replace_head(path: Path, state: HeadFile) -> None:
    """Replace the head of the log at `path` atomically; the caller holds the log's lock.

    Raises:
        OSError: when it cannot be written; the old head is still there then.

    """
    # One name suffices under the lock, and a crash leaves at most one file, which the next write takes over.
    fresh = path.with_name(path.name + ".head.new")
    with os.fdopen(os.open(fresh, _NEW_FILE, 0o600), "wb") as file:
        file.write(encode_head(state))
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(head_path(path))


def encode_head(state: HeadFile) -> bytes:
    """Write the octets of a head file."""
    members: dict[str, object] = {"sequence": state.head.sequence, "sha256": state.head.sha256}
    if state.held:
        members["held"] = [held.describe() for held in state.held]
    return encode_canonical(members) + b"\n"


def _list_held(entries: object, path: Path) -> tuple[HeldOutput, ...]:
    found = [
        HeldOutput.build(entry) if isinstance(entry, dict) else None
        for entry in (entries if isinstance(entries, list) else [None])
    ]
    held = tuple(each for each in found if each is not None)
    if len(held) != len(found):
        raise AuditDamagedError(head_path(path), None, "is not a head file: what is held is malformed")
    return held
