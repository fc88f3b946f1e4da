"""`iki` processes of a fork server (`fork_server.py`), in place of such that start and import anew."""

import json
import os
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

_SERVER: Final = Path(__file__).with_name("fork_server.py")
_FRESH: Final = "IKI_FRESH"
"""Set it, and every `iki` of the suite starts anew."""
_READ_EARLY: Final = ("GLIBC_", "LANG", "LC_", "LD_", "MALLOC_", "OPENSSL_", "PYTHON", "TZ")
"""Beginnings of the variables that are read before a program runs."""
_MOST: Final = 100_000
"""Octets of a request; what is longer goes another way."""


class Forked:
    """A process of the server, as `subprocess.Popen` shows one of ours."""

    def __init__(self, told: socket.socket) -> None:
        """Take over a process; the server tells of its beginning and its end."""
        self._told = told
        self.pid = self._read()
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Return the exit status, negative for a signal; None while it runs."""
        return self._wait(0)

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end, that many seconds at most, and return its exit status.

        Raises:
            subprocess.TimeoutExpired: it still runs.

        """
        status = self._wait(timeout)
        if status is None:
            raise subprocess.TimeoutExpired("iki", timeout or 0)
        return status

    def send_signal(self, number: int) -> None:
        """Send it a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it."""
        self.send_signal(signal.SIGKILL)

    def _wait(self, seconds: float | None) -> int | None:
        if self.returncode is None:
            self._told.settimeout(seconds)
            try:
                self.returncode = self._read()
            except (BlockingIOError, TimeoutError):
                return None
            self._told.close()
        return self.returncode

    def _read(self) -> int:
        text = self._told.recv(64)
        assert text, "the fork server has ended"
        return int(text)


@dataclass(frozen=True, slots=True)
class Call:
    """What a process is started with, but for its streams."""

    arguments: Sequence[str]
    folder: Path | None
    environment: Mapping[str, str]
    session: bool = False
    """Whether it leads a session of its own."""

    def pack(self) -> bytes:
        """Pack it as the server reads it."""
        request: dict[str, Any] = {
            "arguments": self.arguments,
            "folder": str(self.folder or Path.cwd()),
            "environment": dict(self.environment),
            "session": self.session,
        }
        return json.dumps(request).encode()


class _Server:
    """The fork server of this process: it ends when this process does."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._early = _early(environment)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-P", _SERVER, str(theirs.fileno())],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
            )

    def fits(self, environment: Mapping[str, str]) -> bool:
        """Tell whether a process with this environment would have begun as the server did."""
        return _early(environment) == self._early

    def start(self, call: Call, files: Sequence[int]) -> Forked | None:
        """Have a process forked, with these standard streams; None when the request is too long."""
        text = call.pack()
        if len(text) > _MOST:
            return None
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            socket.send_fds(self._control, [text], [*files, theirs.fileno()])
        return Forked(ours)


_servers: Final[list[_Server]] = []


def start_forked(call: Call, files: Sequence[int]) -> Forked | None:
    """Have a process forked with these standard streams; None when it must start anew to be the same.

    Outside of pytest it must always: `make bench` measures starts and memory as they are.
    """
    if _FRESH in os.environ or "PYTEST_VERSION" not in os.environ or not sys.platform.startswith("linux"):
        return None
    if not _servers:
        _servers.append(_Server(call.environment))
    server = _servers[0]
    return server.start(call, files) if server.fits(call.environment) else None


def run_forked(call: Call, seconds: float) -> "subprocess.CompletedProcess[bytes] | None":
    """Have a process forked that reads nothing, and collect what it prints; None as for `start_forked`.

    Raises:
        subprocess.TimeoutExpired: it was killed.

    """
    until = time.monotonic() + seconds
    with ExitStack() as stack:
        out, to_out, err, to_err = (stack.enter_context(file) for _ in range(2) for file in _make_pipe())
        nothing = stack.enter_context(Path(os.devnull).open("rb"))
        process = start_forked(call, [file.fileno() for file in (nothing, to_out, to_err)])
        if process is None:
            return None
        to_out.close()
        to_err.close()
        try:
            stdout, stderr = _read_both(out.fileno(), err.fileno(), until)
            status = process.wait(max(until - time.monotonic(), 0.001))
        except subprocess.TimeoutExpired:
            process.kill()
            raise
    return subprocess.CompletedProcess(call.arguments, status, stdout, stderr)


def _make_pipe() -> tuple[IO[bytes], IO[bytes]]:
    reading, writing = os.pipe()
    return os.fdopen(reading, "rb", 0), os.fdopen(writing, "wb", 0)


def _read_both(first: int, second: int, until: float) -> tuple[bytes, bytes]:
    """Read two pipes to their ends."""
    pieces: dict[int, list[bytes]] = {first: [], second: []}
    with selectors.DefaultSelector() as selector:
        for descriptor in pieces:
            selector.register(descriptor, selectors.EVENT_READ)
        while selector.get_map():
            ready = selector.select(max(until - time.monotonic(), 0.001))
            if not ready and time.monotonic() > until:
                raise subprocess.TimeoutExpired("iki", 0)
            for key, _ in ready:
                piece = os.read(key.fd, 1 << 16)
                pieces[key.fd].append(piece)
                if not piece:
                    selector.unregister(key.fd)
    return b"".join(pieces[first]), b"".join(pieces[second])


def _early(environment: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if name.startswith(_READ_EARLY)}
