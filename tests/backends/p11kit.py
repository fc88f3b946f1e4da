"""SoftHSM behind a p11-kit server: the stand-in for a central HSM, in reach through a socket.

The server is a process of its own, and has one for each connection; all are in one process group, which can
be killed, stopped and started again.
"""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from hsm import ModuleProfile
from tests.backends.backend import TOKEN_PIN, Certify, Lacking, Outage, Place
from tests.backends.softhsm import fill_softhsm, write_poor_configuration
from tests.support.softhsm import SoftHSMEnvironment
from tests.support.tools import absent

KINDS: Final = ("ec-p256", "ec-p384", "rsa-2048")
_CLIENTS: Final = ("/usr/lib/*/pkcs11/p11-kit-client.so", "/usr/lib64/pkcs11/p11-kit-client.so")
_SECONDS: Final = 20.0


class P11KitBackend:
    """A p11-kit server on this machine."""

    name = "p11kit"
    everyday = False
    kinds: tuple[str, ...] = KINDS
    pss = True
    locks_after: int | None = None
    always_authenticates = False
    outages: tuple[str, ...] = ("killed", "stopped", "restarted")

    @contextmanager
    def place(self, folder: Path, certify: Certify) -> Iterator[Place]:
        """Make a SoftHSM token and serve it."""
        client = find_client()
        program = require_server()
        softhsm = SoftHSMEnvironment.create(folder)
        token, keys = fill_softhsm(softhsm, KINDS, certify)
        poor = {"SOFTHSM2_CONF": str(write_poor_configuration(softhsm))}
        with (
            running_server(program, softhsm.library, softhsm.variables) as server,
            running_server(program, softhsm.library, poor) as poor_server,
        ):
            yield Place(
                client,
                server.variables,
                token,
                TOKEN_PIN,
                keys,
                ModuleProfile(sessions=4, deadline=20.0),
                Lacking(keys[0], "CKM_ECDSA", variables=poor_server.variables),
                {
                    "killed": Outage(server.kill, server.start),
                    "stopped": Outage(server.stop, server.resume, silent=True),
                    "restarted": Outage(server.restart, lambda: None, lasting=False),
                },
            )


def find_client() -> Path:
    """Find p11-kit's client module, or skip (or fail) the calling test."""
    root = Path("/")
    found = [path for pattern in _CLIENTS for path in sorted(root.glob(pattern.removeprefix("/")))]
    if not found:
        absent("p11kit", "p11-kit-client.so not found; Debian: p11-kit-modules")
    return found[0]


def require_server() -> str:
    """Find the program of the server, or skip (or fail) the calling test."""
    program = shutil.which("p11-kit")
    if program is None:
        absent("p11kit", "p11-kit not found; Debian: p11-kit")
        raise AssertionError  # absent() always raises
    return program


class P11KitServer:
    """A server process that serves one module on one socket."""

    def __init__(self, program: str, module: Path, variables: Mapping[str, str], folder: Path) -> None:
        """Keep what it is started with; `folder` has a short name, because sockets want one."""
        self._command = [
            program,
            "server",
            "-f",
            "--provider",
            str(module),
            "-n",
            str(folder / "s"),
            "pkcs11:",
        ]
        self._environment = os.environ | dict(variables)
        self._socket = folder / "s"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def variables(self) -> Mapping[str, str]:
        """The environment that the client module must find."""
        return {"P11_KIT_SERVER_ADDRESS": f"unix:path={self._socket}"}

    def start(self) -> None:
        """Start it, unless it runs, and wait for its socket."""
        if self._process is not None:
            return
        self._socket.unlink(missing_ok=True)
        self._process = subprocess.Popen(
            self._command,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        until = time.monotonic() + _SECONDS
        while not self._socket.exists():
            assert self._process.poll() is None, "the p11-kit server ended"
            assert time.monotonic() < until, "the p11-kit server did not make its socket"
            time.sleep(0.005)

    def kill(self) -> None:
        """Kill it with all its connections."""
        self._signal(signal.SIGKILL)
        self._forget()

    def stop(self) -> None:
        """Stop it with all its connections: nobody gets an answer any more."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on."""
        self._signal(signal.SIGCONT)

    def restart(self) -> None:
        """End it and start it again."""
        self._signal(signal.SIGTERM)
        self._forget()
        self.start()

    def _forget(self) -> None:
        if self._process is not None:
            self._process.wait(_SECONDS)
            self._process = None

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None:
            with suppress(ProcessLookupError):  # it ended by itself, with all of its group
                os.killpg(
                    self._process.pid, number
                )  # the group is its own: it was started with a new session


@contextmanager
def running_server(program: str, module: Path, variables: Mapping[str, str]) -> Iterator[P11KitServer]:
    """Run a server for the time of a `with` block."""
    with tempfile.TemporaryDirectory(prefix="iki-p11-") as folder:
        server = P11KitServer(program, module, variables, Path(folder))
        server.start()
        try:
            yield server
        finally:
            server.kill()
