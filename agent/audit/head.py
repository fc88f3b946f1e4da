"""The head file beside the log: what the log's last line must be."""

import json
import os
import re
from pathlib import Path

from agent.audit.chain import EMPTY_HEAD, AuditHead, encode_canonical
from agent.audit.errors import AuditDamagedError

_SHA256 = re.compile(r"[0-9a-f]{64}")
_LARGEST = 1024
"""Bytes; a head file is about a hundred."""
_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)


def head_path(path: Path) -> Path:
    """Build the head file's path from the log's."""
    return path.with_name(path.name + ".head")


def load_head(path: Path) -> AuditHead:
    """Load the head of the log at `path`; without a head file it is `EMPTY_HEAD`.

    Raises:
        AuditDamagedError: when the head file is not one.
        OSError: when it cannot be read; the caller knows what for.

    """
    try:
        with head_path(path).open("rb") as file:
            data = file.read(_LARGEST + 1)
    except FileNotFoundError:
        return EMPTY_HEAD
    try:
        members = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise AuditDamagedError(head_path(path), None, "is not a head file") from error
    match members:
        case {"sequence": int(sequence), "sha256": str(sha256)} if sequence >= 1 and _SHA256.fullmatch(
            sha256
        ):
            return AuditHead(sequence, sha256)
        case _:
            raise AuditDamagedError(head_path(path), None, "is not a head file")


def replace_head(path: Path, head: AuditHead) -> None:
    """Replace the head of the log at `path` atomically; the caller holds the log's lock.

    Raises:
        OSError: when it cannot be written; the old head is still there then.

    """
    # One name suffices under the lock, and a crash leaves at most one file, which the next write takes over.
    fresh = path.with_name(path.name + ".head.new")
    data = encode_canonical({"sequence": head.sequence, "sha256": head.sha256}) + b"\n"
    with os.fdopen(os.open(fresh, _NEW_FILE, 0o600), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(head_path(path))
