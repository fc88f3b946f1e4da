"""PINs from the file system: a file that is the user's alone, a systemd credential, an open descriptor."""

import os
import stat
import sys
import time
from collections.abc import Callable
from pathlib import Path

from agent.config.pin_sources import PINCredential, PINDescriptor, PINFile
from agent.errors import TokenError
from agent.service.pins.building import LONGEST_PIN, decode_pin, take_line, take_octets, unavailable
from agent.service.pins.patience import read_in_time
from hsm import PIN

_OPEN = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_DESCRIPTOR_SECONDS = 60.0
"""Whoever writes may have to ask somebody, as a PIN program may."""
_CREDENTIALS = "CREDENTIALS_DIRECTORY"
"""Where systemd puts a service's credentials (systemd.exec(5))."""


def read_file_pin(source: PINFile) -> PIN:
    """Read a PIN file; what is checked is what was opened, not what the name meant a moment before.

    Raises:
        TokenError: `pin-unavailable`, or `pin-file-unsafe` when others could have read or written it.

    """
    return _read_checked(
        source.path,
        what="PIN file",
        hint="it must be a file itself, not a link, and readable by the user that runs iki",
        problem_of=_problem_of_file,
        remedy=f"it must be yours alone: chmod 600 {source.path}",
    )


def read_credential(source: PINCredential) -> PIN:
    """Read a credential that systemd handed to this service (systemd.exec(5), Credentials).

    Raises:
        TokenError: as `read_file_pin`.

    """
    folder = os.environ.get(_CREDENTIALS, "")
    if not folder:
        raise unavailable(
            f"there are no systemd credentials: {_CREDENTIALS} is not set",
            hint=f"add LoadCredentialEncrypted={source.name}:… to the unit, and start it with systemd",
        )
    return _read_checked(
        Path(folder) / source.name,
        what="credential",
        hint=f"does the unit load a credential named {source.name}?",
        problem_of=_problem_of_credential,
        remedy="let systemd provide it; a folder of one's own is no credential store",
    )


def read_descriptor(source: PINDescriptor) -> PIN:
    """Read the first line from a descriptor that whoever started us left open; it can be read once.

    Raises:
        TokenError: `pin-unavailable`, also when it does not come within a minute.

    """
    content, length = bytearray(2 * LONGEST_PIN), 0
    ends = time.monotonic() + _DESCRIPTOR_SECONDS
    try:
        while length <= LONGEST_PIN and b"\n" not in content:
            read = read_in_time(source.number, memoryview(content)[length:], ends)
            if not read:
                break
            length += read
    except TimeoutError:
        content[:] = bytes(len(content))
        raise unavailable(
            f"descriptor {source.number}: no PIN came within {_DESCRIPTOR_SECONDS:.0f} seconds",
            hint="whoever writes to it must end the line, or close it",
        ) from None
    except OSError as error:
        raise unavailable(
            f"descriptor {source.number}: no PIN can be read from it: {error.strerror}",
            hint=f"start iki with it open for reading: iki … {source.number}< <(…)",
        ) from error
    absent = f"descriptor {source.number} had no PIN, or gave it away before"
    return decode_pin(take_line(content, length), absent)


def _read_checked(
    path: Path, *, what: str, hint: str, problem_of: Callable[[os.stat_result], str], remedy: str
) -> PIN:
    """Open, look at what was opened, and read."""
    try:
        descriptor = os.open(path, _OPEN)
    except OSError as error:
        raise unavailable(f"{path}: the {what} cannot be opened: {error.strerror}", hint=hint) from error
    try:
        problem = problem_of(os.fstat(descriptor))
        if problem:
            raise TokenError("pin-file-unsafe", f"{path}: the {what} {problem}", hint=remedy)
        content = bytearray(LONGEST_PIN + len(b"\r\n") + 1)
        length = os.readv(descriptor, [content])
    except OSError as error:
        raise unavailable(f"{path}: the {what} cannot be read: {error.strerror}") from error
    finally:
        os.close(descriptor)
    # One line end belongs to the file; another one would be no PIN, and is refused.
    end = length - content.endswith(b"\n", 0, length)
    end -= end < length and content.endswith(b"\r", 0, end)
    return decode_pin(take_octets(content, end), f"{path}: the {what} is empty")


def _problem_of_file(status: os.stat_result) -> str:
    """Say what lets others read or exchange a file (POSIX; Windows has no such bits)."""
    if not stat.S_ISREG(status.st_mode):
        return "is not a regular file"
    if sys.platform == "win32":
        return ""
    if status.st_uid != os.geteuid():
        return "belongs to another user"
    return "is open to other users" if status.st_mode & _OTHERS else ""


def _problem_of_credential(status: os.stat_result) -> str:
    """Say the same of a credential: root may own it, and its access list shows as rights of the group."""
    if not stat.S_ISREG(status.st_mode):
        return "is not a regular file"
    if sys.platform == "win32":
        return ""
    if status.st_uid not in {0, os.geteuid()}:
        return "belongs to another user"
    return "is open to other users" if status.st_mode & (stat.S_IRWXO | stat.S_IWGRP) else ""
