"""How a finished file gets its name: in one step of the file system, never in the place of another."""

import os
import stat
import sys
from contextlib import suppress
from pathlib import Path

from agent.errors import UsageError

_CREATE = os.O_CREAT | os.O_EXCL | os.O_RDWR | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)
PRIVATE = 0o600
"""The mode of a file that is not released."""


def appear(part: Path, path: Path) -> None:
    """Give the finished file its name, never in the place of another file."""
    try:
        os.link(part, path)
    except FileExistsError as error:
        raise exists(path) from error
    except OSError:
        _reserve_and_replace(part, path)
        return
    with suppress(OSError):
        part.unlink()


def _reserve_and_replace(part: Path, path: Path) -> None:
    """Do the same where files cannot have two names (FAT): empty for a moment, then whole."""
    try:
        os.close(os.open(path, _CREATE, PRIVATE))
    except FileExistsError as error:
        raise exists(path) from error
    try:
        part.replace(path)
    except OSError:
        with suppress(OSError):
            path.unlink()
        raise


def withhold(descriptor: int) -> int:
    """Keep others from reading a signature that is not released; returns the mode to give at release.

    The kernel has applied umask and default ACL by now; asking for the umask would set it for all threads.
    Whatever they say, an output is not for everybody to write.
    """
    mode = stat.S_IMODE(os.fstat(descriptor).st_mode) & ~stat.S_IWOTH
    give_mode(descriptor, PRIVATE)
    return mode


def give_mode(descriptor: int, mode: int) -> None:
    """Give an open file its mode, where there are modes."""
    if sys.platform != "win32":
        os.fchmod(descriptor, mode)


def sync_folder(folder: Path) -> None:
    """Put the new name on disk, where folders can be opened (not on Windows).

    A failure is not told: the output is there by now, and complete.
    """
    if sys.platform == "win32":
        return
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def exists(path: Path) -> UsageError:
    """Build the error for an output that is there already."""
    return UsageError(
        "output-exists", f"{path}: is there already", hint="name another output, or add --force"
    )
