"""PINs that a program prints: a password store, a script."""

import os
import subprocess
import threading
import time
from collections.abc import Sequence
from typing import IO

from agent.config.pin_sources import PINProgram
from agent.service.pins.building import decode_pin, take_line, take_octets, unavailable
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
    return decode_pin(take_line(output, len(output)), f"{name}: the PIN program printed no PIN")


def _read_program(arguments: Sequence[str]) -> tuple[bytearray, str]:
    """Read what a program prints, and no more than a PIN could be; the second value says what went wrong."""
    started = time.monotonic()
    process = subprocess.Popen(arguments, stdout=subprocess.PIPE, bufsize=0)  # noqa: S603 - no shell
    clock = threading.Timer(_PROGRAM_SECONDS, process.kill)
    clock.start()
    try:
        with process:
            output, length = bytearray(_PROGRAM_OUTPUT + 1), 0
            while length <= _PROGRAM_OUTPUT and (read := _read_into(process.stdout, output, length)):
                length += read
            if length > _PROGRAM_OUTPUT:
                process.kill()
                return bytearray(), f"printed more than {_PROGRAM_OUTPUT} bytes"
    except BaseException:
        process.kill()
        raise
    finally:
        clock.cancel()
    if time.monotonic() - started >= _PROGRAM_SECONDS:
        return bytearray(), f"did not end within {_PROGRAM_SECONDS:.0f} seconds"
    return take_octets(
        output, length
    ), f"ended with status {process.returncode}" if process.returncode else ""


def _read_into(pipe: IO[bytes] | None, output: bytearray, start: int) -> int:
    """Read once, straight into memory that can be wiped; 0 at the end."""
    return 0 if pipe is None else os.readv(pipe.fileno(), [memoryview(output)[start:]])
