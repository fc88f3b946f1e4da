"""A process that has imported `iki`, and forks when one is wanted: `python -P fork_server.py DESCRIPTOR`.

A command of the suite is half a second of imports and a tenth of a second of work. What is forked here is a
process like any other, with its own number, streams, environment, folder and end, and `agent.__main__` runs
in it. Only what comes before that is done once for all: the start of Python, and the imports. The same is so
for the processes that it starts of its own packages, such as a token's worker.
"""

import array
import atexit
import contextlib
import gc
import json
import os
import pkgutil
import select
import signal
import socket
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from importlib import import_module
from typing import Any, Final, NoReturn

_MOST: Final = 1 << 20
"""Octets of a request."""
_FILES: Final = 4
"""What comes with a request: standard streams, and where the end is told."""
_OWN: Final[Mapping[str, Callable[[Any], int]]] = {
    "hsm.worker": lambda main: main(sys.argv[1:]),
    "hsm.examination": lambda main: main(sys.argv[1:]),
    "agent.service.documents": lambda main: main(),
}
"""What commands start of their own packages, and how it is called."""


def import_package(name: str) -> None:
    """Import a package and all below it, so that no child has to."""
    for found in pkgutil.iter_modules(import_module(name).__path__, f"{name}."):
        if found.ispkg:
            import_package(found.name)
        elif not found.name.endswith(".__main__"):
            import_module(found.name)


def serve(control: socket.socket) -> dict[str, Any]:
    """Fork for each request until the other end has gone; returns in the children alone, with the request."""
    waking, waker = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(waker, warn_on_full_buffer=False)
    running: dict[int, int] = {}
    while True:
        ready, _, _ = select.select([control.fileno(), waking], [], [])
        if waking in ready:
            os.read(waking, 4096)
            _tell_of_the_ended(running)
        if control.fileno() in ready:
            text, files = _receive(control)
            pid = os.fork()
            if pid == 0:
                signal.set_wakeup_fd(-1)
                _take_streams(files[:3])
                return dict(json.loads(text))
            for file in files[:3]:
                os.close(file)
            running[pid] = files[3]
            os.write(files[3], f"{pid}\n".encode())


def _receive(control: socket.socket) -> tuple[bytes, list[int]]:
    """Receive one request; ends this process when nobody is there any more."""
    files = array.array("i")
    text, more, _, _ = control.recvmsg(_MOST, socket.CMSG_SPACE(_FILES * files.itemsize))
    for _, _, data in more:
        files.frombytes(data)
    if not text:
        os._exit(0)
    return text, list(files)


def _tell_of_the_ended(running: dict[int, int]) -> None:
    while running:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid == 0:
            return
        place = running.pop(pid)
        with contextlib.suppress(BrokenPipeError):  # whoever wanted it has given up
            os.write(place, f"{os.waitstatus_to_exitcode(status)}\n".encode())
        os.close(place)


def _take_streams(files: Sequence[int]) -> None:
    """Make these the standard streams, and close whatever else is open."""
    for number, file in enumerate(files):
        os.dup2(file, number)
    os.closerange(3, 1 << 16)


def _become(environment: Mapping[str, str], arguments: Sequence[str], *, leader: bool) -> None:
    """Take on what a new process has from whoever starts it."""
    for number in (signal.SIGCHLD, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if leader:
        os.setsid()
    os.environ.clear()
    os.environ.update(environment)
    sys.argv[1:] = arguments


def _run(main: Callable[[], int]) -> NoReturn:
    """Run to the end, and end as the interpreter does, but for taking its own memory apart."""
    try:
        status = main()
    except SystemExit as leaving:
        status = int(leaving.code or 0)
    except BaseException:  # noqa: BLE001 - Python's own boundary
        traceback.print_exc()
        status = 1
    threading._shutdown()  # type: ignore[attr-defined]  # waits for threads
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(status)


def _fork_own(start: Callable[..., int]) -> Callable[..., int]:
    """Wrap what `subprocess.Popen` starts processes with: those of our own packages are forked.

    Its arguments are those of `_posixsubprocess.fork_exec`, the same in Python 3.11 to 3.13.
    """

    def fork_exec(command: Sequence[Any], *more: Any) -> int:
        words = [os.fsdecode(word) for word in command]
        if words[:3] != [sys.executable, "-P", "-m"] or words[3] not in _OWN:
            return start(command, *more)
        if threading.active_count() > 1:  # what another thread holds now would be held for ever in the fork
            return start(command, *more)
        pid = os.fork()
        if pid == 0:
            streams = enumerate((more[5], more[8], more[10]))
            _take_streams([own if given < 0 else given for own, given in streams])
            variables = (os.fsdecode(variable).partition("=") for variable in more[4])
            _become({name: value for name, _, value in variables}, words[4:], leader=more[14])
            _run(partial(_OWN[words[3]], import_module(f"{words[3]}.__main__").main))
        return pid

    return fork_exec


def main() -> NoReturn:
    """Import, serve, and in each child be `iki`."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for package in ("agent", "hsm"):
        import_package(package)
    for own in ("agent", *_OWN):
        import_module(f"{own}.__main__")
    subprocess._fork_exec = _fork_own(subprocess._fork_exec)  # type: ignore[attr-defined]
    gc.collect()
    gc.freeze()
    request = serve(socket.socket(fileno=int(sys.argv[1])))
    os.chdir(os.fsencode(request["folder"]))
    _become(request["environment"], request["arguments"], leader=request["session"])
    _run(import_module("agent.__main__").main)


if __name__ == "__main__":
    main()
