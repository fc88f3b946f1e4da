"""PINs that a program prints: a password store, a script."""

import subprocess
import threading
import time
from collections.abc import Sequence

from agent.config.pin_sources import PINProgram
from agent.service.pins.building import decode_pin, unavailable
from hsm import PIN

_PROGRAM_OUTPUT = 4096
"""Bytes: a PIN and a few lines of talk."""
_PROGRAM_SECONDS = 60.0
"""A person may have to touch or type something for the program."""


def run_pin_program(source: PINProgram) -> PIN:
    """Run the program and take its first line; its standard error goes where ours goes."""
    name = source.arguments[0]
    try:
        output, problem = _read_program(source.arguments)
    except OSError as error:
        raise unavailable(f"{name}: the PIN program cannot be run: {error.strerror}") from error
    if problem:
        raise unavailable(f"{name}: the PIN program {problem}", hint="run it by hand and see what it says")
    line = output.partition(b"\n")[0].removesuffix(b"\r")
    return decode_pin(line, f"{name}: the PIN program printed no PIN")


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
