"""The output file: it appears whole and on disk under its name, or not at all.

The file is written under a temporary name in the output's own folder, so that
a folder which cannot be written is known before a token is asked for anything,
and so that it can appear by one step of the file system. Left over after a
crash it is called `.NAME.xxxxxxxx.iki-part` and may be deleted.
"""

import errno
import io
import os
import secrets
import stat
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, BinaryIO, Self

from agent.audit.held import has_appeared, hold
from agent.errors import UsageError
from agent.service.appearing import PRIVATE, appear, exists, give_mode, sync_folder, withhold

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

_CREATE = os.O_CREAT | os.O_EXCL | os.O_RDWR | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)
_BUFFER = 1024 * 1024
_HINT = "name an output in a folder that exists and that you may write"
_HINTS = {
    errno.ENOSPC: "make room on that disk, or name an output on another",
    errno.EDQUOT: "make room within your quota, or name an output on another disk",
    errno.EROFS: "that disk is read-only: name an output on another",
}
_NAME_LENGTH = 50
"""Characters of the output's name in the temporary one: below 255 bytes even at four bytes each."""


class PendingOutput:
    """An output file that is not there yet: `with PendingOutput(…) as output: …; output.release()`.

    Leaving the block without `release` leaves nothing behind.
    """

    def __init__(self, path: Path, *, inputs: Sequence[Path] = (), force: bool = False) -> None:
        """Name the output; nothing is touched yet.

        Args:
            path: where it is to appear.
            inputs: files that it must not be, under whatever name.
            force: whether a file that is there may be replaced.

        """
        self.path = path
        self._inputs = tuple(inputs)
        self._force = force
        self._part = path.parent / f".{path.name[:_NAME_LENGTH]}.{secrets.token_hex(4)}.iki-part"
        self._mode = PRIVATE
        self._raw: _PartFile | None = None
        self._file: io.BufferedRandom | None = None
        self._lock: int | None = None
        self._kept = False
        self._is_settled = False

    @property
    def part(self) -> Path:
        """The temporary name, under which the file lies as long as the output has not appeared."""
        return self._part

    @property
    def has_appeared(self) -> bool:
        """Whether the output is there under its name."""
        return has_appeared(self._part, self.path)

    @property
    def kept(self) -> bool:
        """Whether the temporary file stands for a decision on record."""
        return self._kept

    def keep(self) -> None:
        """Let the temporary file stand for a decision that is about to be recorded: it outlasts the block.

        Left without `release` it is emptied, and whoever records the next decision sees that the output of
        this one never appeared.
        """
        self._kept = True
        sync_folder(self.path.parent)

    def let_go(self) -> None:
        """Take `keep` back: there is no such decision, or it is closed."""
        self._kept = False

    def __enter__(self) -> Self:
        """Create the temporary file.

        Raises:
            UsageError: `output-exists`, `output-is-input`, or `output-unwritable`.

        """
        try:
            _check_target(self.path, self._inputs, force=self._force)
            descriptor = os.open(self._part, _CREATE, 0o666)
        except (OSError, ValueError) as error:
            # ValueError is what Python says to a path with a NUL.
            raise _unwritable(self.path, error) from error
        self._mode = withhold(descriptor)
        if sys.platform != "win32":  # where an open file cannot be renamed
            self._lock = os.dup(descriptor)
            hold(self._lock)
        self._raw = _PartFile(descriptor, self.path)
        self._file = io.BufferedRandom(self._raw, _BUFFER)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Remove the temporary file, unless the output has been released."""
        self._close()
        with suppress(OSError):
            if self._kept and not self.has_appeared:
                os.truncate(self._part, 0)
            else:
                self._part.unlink(missing_ok=True)
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    @property
    def file(self) -> BinaryIO:
        """The open file: buffered, seekable, for writing and for reading back what was written.

        Its writes raise UsageError `output-unwritable`, for example on a full disk.

        Raises:
            UsageError: `output-unwritable` outside the block, or after `release`.

        """
        if self._file is None:
            raise UsageError("output-unwritable", f"{self.path}: the output is not open")
        return self._file

    def write(self, data: bytes) -> None:
        """Append to the file.

        Raises:
            UsageError: `output-unwritable`, for example on a full disk.

        """
        self.file.write(data)

    def settle(self) -> None:
        """Put what was written on disk, still under its temporary name; nothing is written after that.

        Raises:
            UsageError: `output-unwritable`, for example on a full disk.

        """
        file = self.file
        if self._is_settled:
            return
        try:
            file.flush()
            os.fsync(file.fileno())
        except OSError as error:
            raise _unwritable(self.path, error) from error
        self._is_settled = True

    def release(self) -> None:
        """Put the file on disk and let it appear under its name.

        Raises:
            UsageError: `output-exists` when a file of that name has appeared meanwhile (without force),
                `output-is-input`, or `output-unwritable`; nothing has appeared then.

        """
        try:
            self.settle()
            give_mode(self.file.fileno(), self._mode)
            self._close()
            _check_target(self.path, self._inputs, force=self._force)
            if self._force:
                self._part.replace(self.path)
            else:
                appear(self._part, self.path)
        except OSError as error:
            raise _unwritable(self.path, error) from error
        sync_folder(self.path.parent)

    def _close(self) -> None:
        """Close without writing: what is to stay is flushed already, the rest need not meet a full disk."""
        if self._raw is not None:
            with suppress(OSError):
                self._raw.close()
        self._raw = self._file = None


class _PartFile(io.FileIO):
    """A file whose failed writes are ours, also when the buffer above it writes late."""

    def __init__(self, descriptor: int, output: Path) -> None:
        super().__init__(descriptor, "r+b")
        self._output = output

    def write(self, data: "ReadableBuffer", /) -> int:
        """Write; raises UsageError `output-unwritable`."""
        try:
            return super().write(data)
        except OSError as error:
            raise _unwritable(self._output, error) from error


def _check_target(path: Path, inputs: Sequence[Path], *, force: bool) -> None:
    """Refuse an output that is an input or must not be replaced; raises UsageError, and OSError."""
    for source in inputs:
        if _is_same(path, source):
            raise UsageError("output-is-input", f"{path}: is the input {source}", hint="name another output")
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if not force:
        raise exists(path)
    if not stat.S_ISREG(mode):
        # A link or a device is never replaced: /dev/stdout is both, and root would lose it.
        raise OSError(None, "not a regular file")


def _is_same(path: Path, source: Path) -> bool:
    """Tell whether both name one file, through links and letter case too."""
    try:
        return path.samefile(source)
    except FileNotFoundError:
        return False


def _unwritable(path: Path, error: OSError | ValueError) -> UsageError:
    reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
    return UsageError(
        "output-unwritable",
        f"{path}: cannot be written: {reason}",
        hint=_HINTS.get(error.errno or 0, _HINT) if isinstance(error, OSError) else _HINT,
    )
