"""The lock of a log: a file beside it, that every writer takes, and every reader who can."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock

READER_SECONDS = 30.0
"""How long a reader waits for a writer."""


def lock_log(path: Path, *, seconds: float) -> FileLock:
    """Build the lock of the log at `path`: a file beside it that stays (a lock file must keep its name).

    Entering it raises OSError when it cannot be had, TimeoutError when not in time.
    """
    name = path.with_name(path.name + ".lock")
    return FileLock(name, timeout=seconds, mode=0o600, preserve_lock_file=True, fallback_to_soft=False)


@contextmanager
def reading_log(path: Path, *, seconds: float = READER_SECONDS) -> Iterator[None]:
    """Keep writers out while the log is read, if there are any: they made the lock file.

    Who may not open it (an auditor with read-only access) reads without. Raises TimeoutError.
    """
    lock = lock_log(path, seconds=seconds)
    if not Path(lock.lock_file).exists():
        yield
        return
    try:
        lock.acquire()
    except TimeoutError:
        raise
    except OSError:
        yield
        return
    try:
        yield
    finally:
        lock.release()
