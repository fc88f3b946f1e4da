"""PINs: from where the configuration says to the token, and nowhere else.

A PIN is in no message, no log and no exception, and neither is anything that
holds one: the exceptions of Python that carry what was read (a decoding error,
a program's time-out) are not chained to ours.
"""

import getpass
import os
import stat
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Callable, Sequence

from agent.config.pin_sources import PINEnvironment, PINFile, PINProgram, PINPrompt, PINSource
from agent.errors import TokenError
from hsm import PIN

_LONGEST = 256
"""Bytes of UTF-8; tokens take far less (PKCS#11 `ulMaxPinLen` is rarely above 255)."""
_PROGRAM_OUTPUT = 4096
"""Bytes: a PIN and a few lines of talk."""
_PROGRAM_SECONDS = 60.0
"""A person may have to touch or type something for the program."""
_OPEN = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def read_pin(source: PINSource, *, prompt: Callable[[str], str], label: str = "PIN") -> PIN:
    """Read the PIN once from its source; a wrong one is not asked for again.

    Args:
        source: where from (`agent.config.pin_sources`).
        prompt: asks a person, given the label; raises TokenError where nobody can be asked.
        label: what to ask for, such as `PIN of the token manufacturer`.

    Raises:
        TokenError: `pin-unavailable` when there is none, or `pin-file-unsafe` when others could have read
            or written its file.

    """
    match source:
        case PINPrompt():
            return _build_pin(prompt(label), "nothing was entered")
        case PINEnvironment(variable=variable):
            text = os.environ.get(variable, "")
            return _build_pin(text, f"the environment variable {variable} is not set, or empty")
        case PINFile():
            return _read_file(source)
        case PINProgram():
            return _run_program(source)


def prompt_on_terminal(label: str) -> str:
    """Ask at the terminal, without echo.

    Raises:
        TokenError: `pin-unavailable` when there is no terminal, or nothing was entered.

    """
    if sys.stdin is None or not sys.stdin.isatty():
        raise _unavailable(
            "the PIN cannot be asked for: standard input is no terminal",
            hint="run this at a terminal, or let the signer's pin name a variable, a file or a program",
        )
    with warnings.catch_warnings():
        # getpass falls back to reading with echo, and warns; a PIN on the screen is no fallback.
        warnings.simplefilter("error", getpass.GetPassWarning)
        try:
            return getpass.getpass(f"{label}: ")
        except (EOFError, OSError, getpass.GetPassWarning) as error:
            raise _unavailable("the PIN could not be read from the terminal without echo") from error


def _read_file(source: PINFile) -> PIN:
    """Read a PIN file; what is checked is what was opened, not what the name meant a moment before."""
    path = source.path
    try:
        descriptor = os.open(path, _OPEN)
    except OSError as error:
        raise _unavailable(
            f"{path}: the PIN file cannot be opened: {error.strerror}",
            hint="it must be a file itself, not a link, and readable by the user that runs iki",
        ) from error
    try:
        _check_file(os.fstat(descriptor), source)
        content = os.read(descriptor, _LONGEST + len(b"\r\n") + 1)
    except OSError as error:
        raise _unavailable(f"{path}: the PIN file cannot be read: {error.strerror}") from error
    finally:
        os.close(descriptor)
    newline = b"\r\n" if content.endswith(b"\r\n") else b"\n"
    return _decode_pin(content.removesuffix(newline), f"{path}: the PIN file is empty")


def _check_file(status: os.stat_result, source: PINFile) -> None:
    """Refuse a PIN file that others can read or exchange (POSIX; Windows has no such bits)."""
    problem = ""
    if not stat.S_ISREG(status.st_mode):
        problem = "is not a regular file"
    elif sys.platform != "win32":
        if status.st_uid != os.geteuid():
            problem = "belongs to another user"
        elif status.st_mode & _OTHERS:
            problem = "is open to other users"
    if problem:
        raise TokenError(
            "pin-file-unsafe",
            f"{source.path}: the PIN file {problem}",
            hint=f"it must be yours alone: chmod 600 {source.path}",
        )


def _run_program(source: PINProgram) -> PIN:
    """Run the program and take its first line; its standard error goes where ours goes."""
    name = source.arguments[0]
    try:
        output, problem = _read_program(source.arguments)
    except OSError as error:
        raise _unavailable(f"{name}: the PIN program cannot be run: {error.strerror}") from error
    if problem:
        raise _unavailable(f"{name}: the PIN program {problem}", hint="run it by hand and see what it says")
    line = output.partition(b"\n")[0].removesuffix(b"\r")
    return _decode_pin(line, f"{name}: the PIN program printed no PIN")


def _read_program(arguments: Sequence[str]) -> tuple[bytes, str]:
    """Read what a program prints, and no more than a PIN could be; the second value says what went wrong."""
    started = time.monotonic()
    process = subprocess.Popen(arguments, stdout=subprocess.PIPE)  # noqa: S603 - the operator's own, no shell
    clock = threading.Timer(_PROGRAM_SECONDS, process.kill)
    clock.start()
    try:
        with process:
            output = process.stdout.read(_PROGRAM_OUTPUT + 1) if process.stdout else b""
            if len(output) > _PROGRAM_OUTPUT:
                process.kill()
                return b"", f"printed more than {_PROGRAM_OUTPUT} bytes"
    except BaseException:
        process.kill()
        raise
    finally:
        clock.cancel()
    if time.monotonic() - started >= _PROGRAM_SECONDS:
        return b"", f"did not end within {_PROGRAM_SECONDS:.0f} seconds"
    return output, f"ended with status {process.returncode}" if process.returncode else ""


def _decode_pin(content: bytes, absent: str) -> PIN:
    """Decode without an error: a decoding error would carry the PIN."""
    # What is not UTF-8 becomes lone surrogates, as in os.environ (PEP 383); they are refused below.
    return _build_pin(content.decode("utf-8", errors="surrogateescape"), absent)


def _build_pin(text: str, absent: str) -> PIN:
    """Build the PIN; `absent` is said when there is none."""
    if not text:
        raise _unavailable(absent)
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise _unavailable("the PIN is not UTF-8 text", hint="store it as UTF-8")
    if len(text.encode("utf-8")) > _LONGEST:
        raise _unavailable(
            f"the PIN is longer than {_LONGEST} bytes", hint="is this the right file or variable?"
        )
    if "\n" in text or "\0" in text:
        raise _unavailable("the PIN has more than one line", hint="is this the right file or variable?")
    return PIN(text)


def _unavailable(message: str, *, hint: str = "") -> TokenError:
    return TokenError("pin-unavailable", message, hint=hint or "see `pin` of the signer in the configuration")
