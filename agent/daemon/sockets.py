"""The Unix socket: made in a folder that is ours alone, and never in the place of what somebody else put."""

import errno
import os
import socket
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock

from agent.endpoint import default_socket
from agent.errors import UsageError

_PRIVATE_FOLDER = 0o700
_PRIVATE = 0o600
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_BACKLOG = 512
"""Connections that the kernel keeps waiting: many commands may start at the same moment."""


@contextmanager
def listening(path: Path | None) -> Iterator[socket.socket]:
    """Hold the socket at `path`, by default the runtime folder's, while the block lasts; then remove it.

    Raises:
        UsageError: `agent-running`, `socket-foreign`, `socket-folder-unsafe` or `socket-unusable`.

    """
    place = path or default_socket()
    try:
        _prepare_folder(place.parent, ours=path is None)
        with _alone(place):
            _remove_stale(place)
            made = _bind(place)
            identity = _identify(place)
            try:
                yield made
            finally:
                made.close()
                _remove(place, identity)
    except OSError as error:
        raise _unusable(place, error) from error


def _prepare_folder(folder: Path, *, ours: bool) -> None:
    """Make the folder for the user alone; one that is there already must be so."""
    with suppress(FileExistsError):
        folder.mkdir(mode=_PRIVATE_FOLDER, parents=ours)
    status = folder.lstat()
    if not stat.S_ISDIR(status.st_mode):
        raise _unsafe(folder, "is no folder itself")
    if status.st_uid != os.geteuid():
        raise _unsafe(folder, "belongs to another user")
    if status.st_mode & _OTHERS:
        raise _unsafe(folder, "is open to other users")


@contextmanager
def _alone(place: Path) -> Iterator[None]:
    """Hold the lock that one daemon at a time has; the kernel lets go of it when that one ends."""
    name = place.with_name(place.name + ".lock")
    lock = FileLock(name, timeout=0, mode=_PRIVATE, preserve_lock_file=True, fallback_to_soft=False)
    try:
        lock.acquire()
    except TimeoutError as error:
        raise UsageError(
            "agent-running",
            f"{place}: an agent is running there",
            hint="`iki agent status` shows it; `iki agent stop` ends it",
        ) from error
    try:
        yield
    finally:
        lock.release()


def _remove_stale(place: Path) -> None:
    """Remove the socket that a daemon left which was killed; whatever else lies there stays."""
    try:
        status = place.lstat()
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(status.st_mode) or status.st_uid != os.geteuid():
        raise _foreign(place, "there is something there that is no socket of ours")
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(place))
        except ConnectionRefusedError:
            place.unlink()
            return
    raise _foreign(place, "another program listens there")


def _bind(place: Path) -> socket.socket:
    """Bind and listen; nobody but the user can connect from the first moment on: it takes writing."""
    made = socket.socket(socket.AF_UNIX)
    before = os.umask(0o777 & ~_PRIVATE)
    try:
        made.bind(str(place))
    except BaseException:
        made.close()
        raise
    finally:
        os.umask(before)
    made.listen(_BACKLOG)
    return made


def _identify(place: Path) -> tuple[int, int]:
    status = place.lstat()
    return status.st_dev, status.st_ino


def _remove(place: Path, identity: tuple[int, int]) -> None:
    """Remove our socket, unless something else has taken its place."""
    with suppress(OSError):
        if _identify(place) == identity:
            place.unlink()


def _foreign(place: Path, what: str) -> UsageError:
    return UsageError(
        "socket-foreign",
        f"{place}: {what}; it was not touched",
        hint="look at what it is, and remove it or set listen.socket to another path",
    )


def _unsafe(folder: Path, what: str) -> UsageError:
    return UsageError(
        "socket-folder-unsafe",
        f"{folder}: {what}, so others could take the socket's place",
        hint=f"chmod 700 {folder}, or set listen.socket to a path in a folder that is yours alone",
    )


def _unusable(place: Path, error: OSError) -> UsageError:
    too_long = error.errno == errno.ENAMETOOLONG or error.errno is None
    return UsageError(
        "socket-unusable",
        f"{place}: the socket cannot be made: {error.strerror or error}",
        hint="choose a shorter path" if too_long else "set listen.socket to a path that you may write",
    )
