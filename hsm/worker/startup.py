"""One process at a time starts a module: SoftHSM fails a quarter of the logins of six that do so together.

The lock is on the module's own file, so nothing has to be written anywhere, and it is advice: whoever
does not get it within a few seconds goes on without, and the bounded retry has to do.
"""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

_LONGEST: Final = 5.0  # seconds
_STEP: Final = 0.01
# A pipe in the place of the module is an error of whoever loads it, and nothing to wait for.
_OPEN: Final = os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NONBLOCK", 0)


@contextmanager
def starting(module: Path) -> Iterator[None]:
    """Hold the lock of a module while it is initialised, its tokens are looked for or logged in to."""
    try:
        descriptor = os.open(module, _OPEN)
    except OSError:
        yield
        return
    try:
        _lock(descriptor)
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int) -> None:
    if os.name != "posix":
        return
    import fcntl  # noqa: PLC0415 - not there on Windows

    end = time.monotonic() + _LONGEST
    while time.monotonic() < end:
        with suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        time.sleep(_STEP)
