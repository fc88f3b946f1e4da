"""PINs that a program prints: a password store, a script."""

import subprocess
import time
from collections.abc import Sequence

from agent.config.pin_sources import PINProgram
from agent.service.pins.building import decode_pin, take_line, take_octets, unavailable
from agent.service.pins.patience import read_in_time
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
    ends = time.monotonic() + _PROGRAM_SECONDS
    output, length = bytearray(_PROGRAM_OUTPUT + 1), 0
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, bufsize=0) as process:  # noqa: S603 - no shell
        try:
            while length <= _PROGRAM_OUTPUT and (read := _read_into(process, output, length, ends)):
                length += read
            if length > _PROGRAM_OUTPUT:
                return bytearray(), f"printed more than {_PROGRAM_OUTPUT} bytes"
            status = process.wait(max(0.0, ends - time.monotonic()))
        except (TimeoutError, subprocess.TimeoutExpired):
            return bytearray(), f"did not end within {_PROGRAM_SECONDS:.0f} seconds"
        finally:
            process.kill()  # one that has ended is not hurt
    return take_octets(output, length), f"ended with status {status}" if status else ""


def _read_into(process: "subprocess.Popen[bytes]", output: bytearray, start: int, ends: float) -> int:
    if process.stdout is None:
        return 0
    memory = memoryview(output)[start:]
    return read_in_time(process.stdout.fileno(), memory, ends, has_ended=lambda: process.poll() is not None)
