"""Pipes that a PIN may come out of are read for so long and no longer."""

import os
import select
import time
from collections.abc import Callable

_GLANCE = 0.1
"""Seconds without an octet, after which it is looked whether anybody is left to write one."""


def read_in_time(
    descriptor: int, memory: memoryview, ends: float, *, has_ended: Callable[[], bool] = lambda: False
) -> int:
    """Read once, straight into memory that can be wiped; 0 at the end.

    `ends` is on the monotonic clock. The end is also that of the writer, when `has_ended` says so: a child of
    its own that keeps the pipe open is not waited for.

    Raises:
        TimeoutError: nothing came until `ends`.
        OSError: the descriptor cannot be read.

    """
    while not _is_ready(descriptor):
        if has_ended():
            return 0
        if time.monotonic() >= ends:
            raise TimeoutError
    return os.readv(descriptor, [memory])


def _is_ready(descriptor: int) -> bool:
    """Wait for a glance; an error and the end are something to read as well."""
    if not hasattr(select, "poll"):
        return bool(select.select([descriptor], [], [], _GLANCE)[0])
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(_GLANCE * 1000))
