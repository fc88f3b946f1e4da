"""Standard streams that fail in one clear way: closed, full, or with a reader that has gone."""

import contextlib
import io
import os
import sys
from typing import TYPE_CHECKING, ClassVar

from agent.errors import IkiError, UsageError
from agent.exits import ExitStatus

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


class ReaderGoneError(IkiError):
    """Whoever read our standard output has stopped reading: nothing is left to be said."""

    exit_status: ClassVar[ExitStatus] = ExitStatus.READER_GONE


class _Output(io.FileIO):
    """Standard output whose failed writes are errors of ours: a library in between would exit by itself."""

    def write(self, data: "ReadableBuffer", /) -> int:
        try:
            return super().write(data)
        except BrokenPipeError as error:
            raise ReaderGoneError("reader-gone", "standard output: the reader has gone") from error
        except OSError as error:
            raise UsageError(
                "output-unprintable",
                f"standard output: cannot be written: {error.strerror}",
                hint="what was done stands; only its result could not be printed",
            ) from error


_closed_at_start = False


def prepare_streams() -> None:
    """Open what was handed over closed, and take over standard output.

    A closed stream's number would be given to the next file that is opened, an output or the audit log.
    """
    global _closed_at_start  # noqa: PLW0603 - there is one standard output
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            _closed_at_start |= number == 1
            os.open(os.devnull, os.O_RDWR)
    encoding = sys.stdout.encoding if sys.stdout else "utf-8"
    buffer = io.BufferedWriter(_Output(1, "wb", closefd=False))
    # What the encoding lacks is escaped: a name must not undo what was done for it.
    sys.stdout = io.TextIOWrapper(
        buffer, encoding, errors="backslashreplace", line_buffering=os.isatty(1), write_through=False
    )
    if sys.stderr is None:
        sys.stderr = open(2, "w", encoding="utf-8", errors="backslashreplace", closefd=False)  # noqa: SIM115


def require_output() -> None:
    """Check that standard output was not handed over closed, where what is printed is all that is made.

    Raises:
        UsageError: `output-unprintable`.

    """
    if _closed_at_start:
        raise UsageError(
            "output-unprintable",
            "standard output: is closed, and nothing else would have the result",
            hint="name a file with -o",
        )


def abandon_output() -> None:
    """Let what could not be written go nowhere, so that Python does not complain of it at its end."""
    with contextlib.suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
