"""`iki` at a pseudo-terminal, for what it asks a person."""

import os
import pty
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.lab import SECONDS, command_line, environment


@dataclass(slots=True)
class Terminal:
    """A running `iki` and the terminal it was started at."""

    process: subprocess.Popen[bytes]
    master: int
    shown: bytes = field(default=b"")

    def wait_for(self, text: bytes) -> None:
        """Read until the text shows."""
        while text not in self.shown:
            self.shown += os.read(self.master, 1024)

    def type(self, text: bytes) -> None:
        """Type at the terminal."""
        os.write(self.master, text)

    def interrupt(self) -> None:
        """Press Ctrl-C."""
        self.process.send_signal(signal.SIGINT)

    def wait(self) -> int:
        """Wait for the end of the process, reading what shows until then; returns its exit status."""
        try:
            while piece := os.read(self.master, 1024):
                self.shown += piece
        except OSError:  # Linux says EIO when nobody has the other side open any more
            pass
        return self.process.wait(SECONDS)


@contextmanager
def at_terminal(
    configuration: Path,
    *arguments: str | Path,
    kind: str = "dumb",
    variables: Mapping[str, str] | None = None,
) -> Iterator[Terminal]:
    """Start `iki` at a terminal of a kind (`TERM`); what still runs at the end is killed."""
    master, slave = pty.openpty()
    process = subprocess.Popen(
        command_line(arguments),
        env=environment(IKI_CONFIG=str(configuration), TERM=kind, **(variables or {})),
        stdin=slave,
        stdout=slave,
        stderr=slave,
        start_new_session=True,
        # As at a real one, also where whoever started the suite is deaf to it, as nohup makes them.
        preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_DFL),  # noqa: PLW1509 - one call
    )
    os.close(slave)
    try:
        yield Terminal(process, master)
    finally:
        process.kill()
        process.wait()
        os.close(master)
