"""A daemon of a rehearsal environment, in a process of its own, that ends with the test."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

from agent.client.connection import ask
from agent.endpoint import UnixEndpoint
from agent.errors import AgentError
from tests.support.forked import Call, Forked, start_forked
from tests.support.lab import Lab, Run, command_line, environment

SECONDS: Final = 60.0
"""No daemon takes longer to start, or to end; the machine may be busy."""
_STEP: Final = 0.02


Process = subprocess.Popen[bytes] | Forked
"""A running `iki`, started or forked."""


@dataclass(frozen=True, slots=True)
class Daemon:
    """A running `iki agent run`."""

    lab: Lab
    process: Process
    socket: Path
    log: Path

    @property
    def variables(self) -> dict[str, str]:
        """What lets a command find it."""
        return {"IKI_AGENT": str(self.socket)}

    def iki(self, *arguments: str | Path) -> Run:
        """Run a command that asks it."""
        return self.lab.iki(*arguments, variables=self.variables)

    def ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """Ask it in this process; raises what the client raises."""
        return ask(UnixEndpoint(self.socket), method, path, body, seconds=SECONDS)

    def states(self) -> dict[str, str]:
        """Return its tokens' states by signer."""
        tokens = self.ask("GET", "/tokens")["tokens"]
        return {name: token["state"] for token in tokens for name in token["signers"]}

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        self.process.send_signal(number)

    def wait(self) -> int:
        """Wait for its end; returns its exit status."""
        return self.process.wait(SECONDS)

    def wait_for(self, what: Callable[[], bool]) -> None:
        """Wait until something is so; fails the test when it does not come."""
        wait_until(what, lambda: f"{self.log.read_text()!r}")

    @property
    def address(self) -> str:
        """Where it listens for TLS, by what it said when it started."""
        return self.logged().partition("https://")[2].split()[0].rstrip(",")

    def logged(self) -> str:
        """Return what it said on standard error."""
        return self.log.read_text(encoding="utf-8")


def wait_until(what: Callable[[], bool], why: Callable[[], str]) -> None:
    """Wait until something is so."""
    end = time.monotonic() + SECONDS
    while not what():
        assert time.monotonic() < end, why()
        time.sleep(_STEP)


@contextmanager
def short_folder() -> Iterator[Path]:
    """Make a folder whose name is short enough for sockets in it, for the user alone."""
    folder = Path(tempfile.mkdtemp(prefix="iki-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def daemon_of(
    lab: Lab,
    *,
    folder: Path | None = None,
    variables: Mapping[str, str] | None = None,
    command: Callable[[list[str]], list[str]] = list,
    pass_fds: tuple[int, ...] = (),
    socket: Path | None = None,
) -> Iterator[Daemon]:
    """Run a daemon, and wait until it answers; `folder` is its runtime folder.

    `command` may wrap the command line, `socket` is where it listens when that is not in the runtime folder.
    """
    with short_folder() as made:
        runtime = folder or made
        place = socket or runtime / "iki-agent" / "agent.sock"
        with (made / "agent.log").open("wb") as log:
            process = start(lab, runtime, log, variables or {}, command, pass_fds)
            daemon = Daemon(lab, process, place, made / "agent.log")
            try:
                daemon.wait_for(lambda: answers(daemon) or process.poll() is not None)
                yield daemon
            finally:
                end(process)


def start(
    lab: Lab,
    runtime: Path,
    log: IO[bytes],
    variables: Mapping[str, str],
    command: Callable[[list[str]], list[str]],
    pass_fds: tuple[int, ...],
) -> Process:
    """Start the process."""
    own = {"IKI_CONFIG": str(lab.configuration), "XDG_RUNTIME_DIR": str(runtime)}
    arguments = ["agent", "run", *(["--allow-root"] if os.geteuid() == 0 else [])]
    if command is list and not pass_fds:
        return start_iki(arguments, environment(**own, **variables), stdout=log, stderr=log)
    return subprocess.Popen(
        command(command_line(arguments)),
        env=environment(**own, **variables),
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        pass_fds=pass_fds,
    )


def start_iki(
    arguments: Sequence[str], own: Mapping[str, str], *, stdout: IO[bytes], stderr: IO[bytes]
) -> Process:
    """Start an `iki` that goes on by itself; `own` is its environment."""
    with Path(os.devnull).open("rb") as nothing:
        files = [file.fileno() for file in (nothing, stdout, stderr)]
        forked = start_forked(Call(arguments, None, own), files)
    return forked or subprocess.Popen(
        command_line(arguments), env=own, stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr
    )


def answers(daemon: Daemon) -> bool:
    """Tell whether it answers by now."""
    try:
        return bool(daemon.ask("GET", "/health/live")["live"])
    except AgentError:
        return False


def end(process: Process) -> None:
    """End the process, at the latest by force."""
    process.terminate()
    try:
        process.wait(SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
