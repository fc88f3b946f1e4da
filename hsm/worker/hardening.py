"""What a process that holds a PIN does first: nothing of its memory reaches a disk or a debugger."""

import ctypes
import os
import sys
from contextlib import suppress
from typing import Final

_PR_SET_DUMPABLE: Final = 4  # prctl(2)


def forbid_core_dumps() -> None:
    """Switch core dumps off (RLIMIT_CORE), also for the programs that this process starts from now on."""
    if os.name != "posix":
        return
    import resource  # noqa: PLC0415 - not there on Windows

    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def forbid_debuggers() -> None:
    """Keep other processes of the same user, and piped core dumps, away from this one's memory."""
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def take_standard_streams() -> tuple[int, int]:
    """Move the pipes away from the standard descriptors, and return them: to read from, to write to.

    A vendor's library that reads standard input or prints then meets nothing, or the captured
    standard error; and programs that it starts do not inherit the pipes.
    """
    requests, replies = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return requests, replies
