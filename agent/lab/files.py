"""Writing the files of a rehearsal environment."""

import os
import secrets
from pathlib import Path

from agent.errors import UsageError


def write_file(path: Path, content: bytes, *, private: bool = False) -> None:
    """Write a file in one step, replacing what is there; `private` files are their owner's alone.

    Raises:
        UsageError: `lab-unwritable`.

    """
    part = path.parent / f".{path.name}.{secrets.token_hex(4)}"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600 if private else 0o644)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
        part.replace(path)
    except OSError as error:
        raise UsageError(
            "lab-unwritable",
            f"{path}: cannot be written: {error.strerror}",
            hint="name another folder with --dir",
        ) from error


def read_file(path: Path) -> bytes:
    """Read a file of the environment.

    Raises:
        UsageError: `lab-damaged` when it is not there.

    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(
            "lab-damaged",
            f"{path}: cannot be read: {error.strerror}",
            hint="make a new one with `iki lab up --dir DIR`",
        ) from error
