"""PINs from a pinentry program, as GnuPG's: it asks the person in a window or at the terminal.

Source: the Assuan protocol (libassuan manual, "Client requests" and "Server responses") and pinentry's
manual, chapter "Protocol".
"""

import os
import subprocess
import time
from urllib.parse import quote, unquote_to_bytes

from agent.config.pin_sources import PINEntry
from agent.service.pins.building import decode_pin, take_octets, unavailable
from agent.service.pins.patience import read_in_time
from hsm import PIN

_LONGEST_LINE = 1002
"""Bytes of an Assuan line, its line feed included."""
_SECONDS = 120.0
"""How long a person may take."""
_MOST_LINES = 100
"""Answers to one request; pinentry sends two or three."""


def ask_pinentry(source: PINEntry, label: str) -> PIN:
    """Let the program ask for what `label` says.

    Raises:
        TokenError: `pin-unavailable` when the person cancels, or the program fails or does not end.

    """
    try:
        process = subprocess.Popen(  # noqa: S603 - the operator's own, no shell
            [source.program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0
        )
    except OSError as error:
        raise unavailable(
            f"{source.program}: the pinentry program cannot be run: {error.strerror}",
            hint="install pinentry, or name another source of the PIN",
        ) from error
    try:
        with process:
            try:
                content = _converse(_Conversation(process), label)
            finally:
                process.kill()  # it has said what there is to say, and its window is gone
    except TimeoutError:
        raise unavailable(f"{source.program}: no PIN was entered in {_SECONDS:.0f} seconds") from None
    except BrokenPipeError as error:
        raise unavailable(f"{source.program}: the pinentry program ended early") from error
    if content is None:
        raise unavailable(
            f"{source.program}: no PIN was entered",
            hint="cancelled, or no display and no terminal that pinentry could use?",
        )
    return decode_pin(content, f"{source.program}: an empty PIN was entered")


class _Conversation:
    """Lines to the program and from it, until the time is over."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self._process = process
        self._ends = time.monotonic() + _SECONDS
        self._rest = b""

    def send(self, line: str) -> None:
        """Send a request; raises BrokenPipeError."""
        if self._process.stdin is not None:
            self._process.stdin.write(line.encode() + b"\n")

    def take(self) -> bytes | None:
        """Read up to OK or ERR; returns the data that came before OK, None for ERR or the end."""
        data = b""
        for _ in range(_MOST_LINES):
            line = self._read_line()
            if line is None or line.startswith(b"ERR"):
                return None
            if line == b"OK" or line.startswith(b"OK "):
                return data
            if line.startswith(b"D "):
                data += unquote_to_bytes(line.removeprefix(b"D "))
        return None

    def _read_line(self) -> bytes | None:
        """Read a line without its end; None at the end of all, or for what is no Assuan line."""
        memory = bytearray(_LONGEST_LINE)
        while b"\n" not in self._rest and len(self._rest) < _LONGEST_LINE:
            length = self._read_into(memoryview(memory))
            if not length:
                return None
            self._rest += take_octets(memory, length)
        line, end, self._rest = self._rest.partition(b"\n")
        return line.rstrip(b"\r") if end else None

    def _read_into(self, memory: memoryview) -> int:
        answers = self._process.stdout
        if answers is None:  # pragma: no cover - it is a pipe
            return 0
        return read_in_time(
            answers.fileno(), memory, self._ends, has_ended=lambda: self._process.poll() is not None
        )


def _converse(program: _Conversation, label: str) -> bytes | None:
    """Speak the few requests that it takes; None when the program did not give a PIN."""
    if program.take() is None:
        return None
    for request in (*_options(), f"SETDESC {quote(label, safe=' ')}", "SETPROMPT PIN:"):
        program.send(request)
        if program.take() is None and not request.startswith("OPTION"):
            return None
    program.send("GETPIN")
    return program.take()


def _options() -> list[str]:
    """Say which terminal it may use; one that has none of the options answers ERR, which is fine."""
    options = [f"OPTION ttytype={os.environ.get('TERM', 'dumb')}"]
    try:
        options.append(f"OPTION ttyname={os.ttyname(2)}")
    except (OSError, AttributeError):  # no terminal, or Windows
        return []
    return options
