"""Files and shared memory of a system's daemon that this process and its children see, and nobody else.

For programs that know their places by heart, and would otherwise be let loose on the machine's own.
"""

import ctypes
import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

_CLONE_FS: Final = 0x200
_CLONE_NEWNS: Final = 0x20000
_CLONE_NEWIPC: Final = 0x8000000


@contextmanager
def own_view(covers: Mapping[Path, Path]) -> Iterator[None]:
    """Enter mount and IPC namespaces of our own, where folders are covered by others (`unshare(2)`).

    It holds for the calling thread, for threads and processes that it starts, and for the time of the block.

    Raises:
        OSError: this process may not.
    """
    with ExitStack() as stack:
        before = [stack.enter_context(_namespace(name)) for name in ("mnt", "ipc")]
        _call("unshare", _CLONE_NEWNS | _CLONE_NEWIPC)
        try:
            subprocess.run(["mount", "--make-rprivate", "/"], check=True)
            for covered, cover in covers.items():
                covered.mkdir(parents=True, exist_ok=True)
                subprocess.run(["mount", "--rbind", cover, covered], check=True)
            yield
        finally:
            folder = Path.cwd()
            _call("unshare", _CLONE_FS)  # setns(2) wants it shared with no thread that was started meanwhile
            for descriptor in before:
                _call("setns", descriptor, 0)
            os.chdir(folder)  # it is at the root now


def mirror(folder: Path, into: Path) -> None:
    """Make `into` show what `folder` shows now, as a cover for it to which something can be added.

    Within a view of our own.
    """
    for each in folder.iterdir():
        place = into / each.name
        if each.is_symlink():
            place.symlink_to(each.readlink())
            continue
        if each.is_dir():
            place.mkdir()
        else:
            place.touch()
        subprocess.run(["mount", "--rbind", each, place], check=True)


@contextmanager
def _namespace(name: str) -> Iterator[int]:
    descriptor = os.open(f"/proc/thread-self/ns/{name}", os.O_RDONLY | os.O_CLOEXEC)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _call(name: str, *arguments: int) -> None:
    if getattr(ctypes.CDLL(None, use_errno=True), name)(*arguments):
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")
