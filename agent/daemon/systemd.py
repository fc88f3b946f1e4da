"""What systemd and a service say to each other: sockets handed over, and readiness.

Source: sd_listen_fds(3) and sd_notify(3); both protocols are stable and need no library.
"""

import os
import socket
import time
from contextlib import suppress

from agent.errors import UsageError

_FIRST = 3
"""The first descriptor that is handed over (SD_LISTEN_FDS_START)."""
_MOST = 16


def take_sockets() -> list[socket.socket]:
    """Take the listening sockets that systemd hands over; none when it hands over nothing to this process.

    Raises:
        UsageError: `activation-unusable` for what is no listening socket.

    """
    process, count = os.environ.pop("LISTEN_PID", ""), os.environ.pop("LISTEN_FDS", "")
    os.environ.pop("LISTEN_FDNAMES", None)
    if process != str(os.getpid()):
        return []
    if not count.isdecimal() or int(count) > _MOST:
        raise _unusable(f"LISTEN_FDS is {count!r}")
    return [_take(number) for number in range(_FIRST, _FIRST + int(count))]


def _take(number: int) -> socket.socket:
    try:
        os.set_inheritable(number, False)
        taken = socket.socket(fileno=number)
        listens = bool(taken.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN))
    except OSError as error:
        raise _unusable(f"descriptor {number}: {error.strerror}") from error
    if not listens or taken.type != socket.SOCK_STREAM:
        raise _unusable(f"descriptor {number} is no listening stream socket")
    taken.setblocking(False)
    return taken


def _unusable(problem: str) -> UsageError:
    return UsageError(
        "activation-unusable",
        f"the sockets that systemd hands over cannot be used: {problem}",
        hint="the .socket unit has ListenStream= lines, one for each socket; see docs/agent.md",
    )


def notify_ready(status: str) -> None:
    """Tell that requests are answered from now on."""
    _notify(f"READY=1\nSTATUS={status}\n")


def notify_reloading() -> None:
    """Tell that the configuration is read anew; `notify_ready` must follow."""
    _notify(f"RELOADING=1\nMONOTONIC_USEC={time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000}\n")


def notify_stopping() -> None:
    """Tell that the end has begun."""
    _notify("STOPPING=1\n")


def _notify(text: str) -> None:
    """Send to NOTIFY_SOCKET, if there is one; nobody can be told of a failure."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        channel.sendto(text.encode(), address.replace("@", "\0", 1) if address[0] == "@" else address)
