"""PINs from environment variables, which no program that is started from here inherits.

A variable is taken out of the environment as soon as the configuration that names it is read: before the
worker, a PIN program or pinentry is started. Its octets are overwritten where the system put them, so that
`/proc/PID/environ` does not show them either; what Python read of them at its start, it cannot wipe.
"""

import os
import sys
from collections.abc import Iterable

from agent.config.pin_sources import PINEnvironment, PINSource

_taken: dict[str, bytearray] = {}
"""What the variables were, for as long as this process may have to log in again."""


def withhold_variables(sources: Iterable[PINSource]) -> None:
    """Take the variables that sources name out of this process's environment, and keep what they are."""
    for source in sources:
        if isinstance(source, PINEnvironment) and source.variable in os.environ:
            _taken[source.variable] = _take(source.variable)


def find_variable(name: str) -> bytearray:
    """Find what a variable was, for the caller to wipe; nothing when it was not set."""
    return bytearray(_taken.get(name, b""))


def _take(name: str) -> bytearray:
    octets = bytearray(os.fsencode(os.environ[name]))
    if sys.platform != "win32":
        import ctypes  # noqa: PLC0415 - `iki verify` has no use for it

        find = ctypes.CDLL(None).getenv
        find.restype = ctypes.c_void_p
        place = find(os.fsencode(name))
        if place:
            ctypes.memset(place, 0, len(octets))
    del os.environ[name]
    return octets
