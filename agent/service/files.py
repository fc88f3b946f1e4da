"""Files named by a person: read whole, with one clear line when that cannot be."""

import errno
import os
import shlex
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Self

from agent.dataclass import dataclass
from agent.errors import DocumentError, UsageError
from agent.policy.findings import LIMIT_FILE_SIZE


@dataclass(frozen=True, slots=True)
class InputFile:
    """A file to read, and what people call it: what came over a socket lies in a spool under another name."""

    path: Path
    called: Path
    """As it was named, for messages."""
    recorded: str
    """As the audit log names it: absolute, where that is known."""

    @classmethod
    def at(cls, path: Path) -> Self:
        """Name a file that lies where it is called."""
        return cls(path, path, str(path.absolute()))


@contextmanager
def reading_configured() -> Iterator[None]:
    """Read a file that says how to judge: malformed, it is wrong configuration, not a wrong document.

    Raises:
        UsageError: with the code and words of the DocumentError that was raised inside.

    """
    try:
        yield
    except DocumentError as error:
        raise UsageError(error.code, error.message, hint=error.hint) from error


def read_file(path: Path, *, what: str, limit: int) -> bytes:
    """Read a regular file of at most `limit` octets; `what` names it in errors (`workbook`, `policy file`).

    Raises:
        UsageError: `file-missing`, `file-is-directory`, `file-unreadable`.
        DocumentError: `limit-file-size`.

    """
    return _read(path, what=what, limit=limit)[0]


def read_settings(path: Path, *, what: str, limit: int) -> bytes:
    """Read a file that decides what is loaded or refused: whoever may write it decides with it.

    Raises:
        UsageError: `settings-writable` when everybody may write it, `limit-file-size`, and what `read_file`
            raises.

    """
    with reading_configured():
        data, mode = _read(path, what=what, limit=limit)
    if sys.platform != "win32" and mode & stat.S_IWOTH:
        raise UsageError(
            "settings-writable",
            f"{path}: everybody on this machine may write this {what}",
            hint=f"look at what it says, then: chmod o-w {shlex.quote(str(path))}",
        )
    return data


def _read(path: Path, *, what: str, limit: int) -> tuple[bytes, int]:
    """Read the octets, and the mode of the file that they came from."""
    with translating_os_errors(path, what=what), open_regular(path) as stream:
        return read_open(stream, path, what=what, limit=limit), os.fstat(stream.fileno()).st_mode


def read_open(stream: BinaryIO, path: Path, *, what: str, limit: int) -> bytes:
    """Read a file that is open already; `path` and `what` name it in errors.

    Raises:
        UsageError: `file-unreadable`.
        DocumentError: `limit-file-size`.

    """
    with translating_os_errors(path, what=what):
        # Asked for more, Python would have memory ready for as much.
        size = min(os.fstat(stream.fileno()).st_size, limit)
        data = stream.read(size + 1)
        if size < len(data) <= limit:
            data += stream.read(limit + 1 - len(data))
    if len(data) > limit:
        raise LIMIT_FILE_SIZE.error(f"{path}: is larger than {limit} octets", hint="is it the right file?")
    return data


@contextmanager
def translating_os_errors(path: Path, *, what: str) -> Iterator[None]:
    """Translate what keeps a file from being read.

    Raises:
        UsageError: `file-missing`, `file-is-directory`, `file-unreadable`.

    """
    try:
        yield
    except FileNotFoundError as error:
        raise UsageError("file-missing", f"{path}: no such {what}", hint="check the name") from error
    except IsADirectoryError as error:
        article = "an" if what[:1] in "aeiou" else "a"
        raise UsageError(
            "file-is-directory", f"{path}: is a folder, not {article} {what}", hint="name the file itself"
        ) from error
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        # `open_regular` gives no number of the system's
        is_other = isinstance(error, OSError) and error.errno is None
        hint = "copy what it holds into a file, and name that" if is_other else "check its rights"
        raise UsageError("file-unreadable", f"{path}: cannot be read: {reason}", hint=hint) from error


def open_regular(path: Path) -> BinaryIO:
    """Open a regular file; a pipe or device would make us wait, or read, for ever.

    Raises:
        OSError: it cannot be opened, or is no regular file.

    """
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    mode = os.fstat(descriptor).st_mode
    if stat.S_ISREG(mode):
        return os.fdopen(descriptor, "rb")
    os.close(descriptor)
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    raise OSError(None, "not a regular file")


def is_there(path: Path, *, what: str) -> bool:
    """Tell whether there is a file or folder of that name.

    Raises:
        UsageError: `file-unreadable` when nobody may look.

    """
    try:
        return path.exists()
    except OSError as error:
        raise _unlookable(path, what, error) from error


def _unlookable(path: Path, what: str, error: OSError) -> UsageError:
    return UsageError(
        "file-unreadable", f"{path}: the {what} cannot be read: {error.strerror}", hint="check its rights"
    )


def list_files(path: Path, *, what: str) -> tuple[Path, ...]:
    """List a file, or the regular files of a folder sorted by name; hidden ones are left out.

    Raises:
        UsageError: `file-missing` or `file-unreadable`.

    """
    try:
        if not path.is_dir():
            return (path,)
        return tuple(sorted(item for item in path.iterdir() if item.is_file() and item.name[0] != "."))
    except OSError as error:
        raise _unlookable(path, what, error) from error


def spell_path(path: Path) -> str:
    """Write a path for others to read; octets of a name that are no UTF-8 are written as escapes."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")
