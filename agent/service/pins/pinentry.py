"""PINs from a pinentry program, as GnuPG's: it asks the person in a window or at the terminal.

Source: the Assuan protocol (libassuan manual, "Client requests" and "Server responses") and pinentry's
manual, chapter "Protocol".
"""

import os
import subprocess
import threading
from typing import IO
from urllib.parse import quote, unquote_to_bytes

from agent.config.pin_sources import PINEntry
from agent.service.pins.building import decode_pin, unavailable
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
            [source.program], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
    except OSError as error:
        raise unavailable(
            f"{source.program}: the pinentry program cannot be run: {error.strerror}",
            hint="install pinentry, or name another source of the PIN",
        ) from error
    clock = threading.Timer(_SECONDS, process.kill)
    clock.start()
    try:
        with process:
            content = _converse(process, label)
            process.kill()  # it has said what there is to say, and its window is gone
    except BrokenPipeError as error:
        raise unavailable(f"{source.program}: the pinentry program ended early") from error
    except BaseException:
        process.kill()
        raise
    finally:
        clock.cancel()
    if content is None:
        raise unavailable(
            f"{source.program}: no PIN was entered",
            hint="cancelled, or no display and no terminal that pinentry could use?",
        )
    return decode_pin(content, f"{source.program}: an empty PIN was entered")


def _converse(process: "subprocess.Popen[bytes]", label: str) -> bytes | None:
    """Speak the few requests that it takes; None when the program did not give a PIN."""
    requests, answers = process.stdin, process.stdout
    if requests is None or answers is None:  # pragma: no cover - both are pipes
        return None
    if _take(answers) is None:
        return None
    for request in (*_options(), f"SETDESC {quote(label, safe=' ')}", "SETPROMPT PIN:"):
        _send(requests, request)
        if _take(answers) is None and not request.startswith("OPTION"):
            return None
    _send(requests, "GETPIN")
    return _take(answers)


def _options() -> list[str]:
    """Say which terminal it may use; one that has none of the options answers ERR, which is fine."""
    options = [f"OPTION ttytype={os.environ.get('TERM', 'dumb')}"]
    try:
        options.append(f"OPTION ttyname={os.ttyname(2)}")
    except (OSError, AttributeError):  # no terminal, or Windows
        return []
    return options


def _send(requests: IO[bytes], line: str) -> None:
    requests.write(line.encode() + b"\n")
    requests.flush()


def _take(answers: IO[bytes]) -> bytes | None:
    """Read up to OK or ERR; returns the data that came before OK, None for ERR or the end."""
    data = b""
    for _ in range(_MOST_LINES):
        line = answers.readline(_LONGEST_LINE)
        if not line.endswith(b"\n"):  # the end, or no Assuan line at all
            return None
        line = line.rstrip(b"\r\n")
        if line == b"OK" or line.startswith(b"OK "):
            return data
        if line.startswith(b"D "):
            data += unquote_to_bytes(line.removeprefix(b"D "))
        elif line.startswith(b"ERR"):
            return None
    return None
