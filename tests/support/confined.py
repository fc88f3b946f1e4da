"""`iki` in confinement: each command in a fork of its own, watched, without a network where that can be had.

A fork costs milliseconds where a process costs a quarter of a second: a corpus of hundreds can be run.
`python -m tests.support.confined` is the far end: command lines as JSON come in, outcomes go out.
"""

import contextlib
import json
import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

from tests.support.lab import environment

ROOT: Final = Path(__file__).resolve().parents[2]
CPU_SECONDS: Final = 2
"""Processor time after which the kernel ends a command."""
_REACHING_OUT: Final = (
    "socket.",
    "subprocess.",
    "os.exec",
    "os.fork",
    "os.posix_spawn",
    "os.system",
    "ctypes.",
)
_OPENING: Final = ("open", "os.listdir", "os.scandir", "sqlite3.connect")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a command did."""

    status: int
    """Exit status; negative is the signal that ended it."""
    stdout: str
    cpu: float
    """Seconds of processor time, user and system."""
    memory: int
    """Most octets resident, those of the interpreter included."""
    opened: frozenset[str]
    """Files and folders opened that are not the program's own."""
    reached_out: tuple[str, ...]
    """Audit events of sockets and processes."""

    @property
    def json(self) -> Any:
        """Standard output as JSON."""
        return json.loads(self.stdout)


class Confined:
    """The near end."""

    def __init__(self, process: "subprocess.Popen[str]", folder: Path) -> None:
        """Talk to `process`; `folder` is for what commands print."""
        self._process = process
        self._output = folder / "output"
        self._events = folder / "events"

    def run(self, *arguments: str | Path) -> Outcome:
        """Run `iki` with these arguments."""
        request = [str(self._output), str(self._events), *map(str, arguments)]
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        status, cpu, memory = json.loads(self._process.stdout.readline())
        events = json.loads(self._events.read_text(encoding="utf-8")) if status >= 0 else [[], []]
        opened = frozenset(path for path in events[0] if not _is_own(path))
        return Outcome(status, self._output.read_text("utf-8"), cpu, memory, opened, tuple(events[1]))


@contextlib.contextmanager
def confined(folder: Path) -> Iterator[Confined]:
    """Start the far end, in a network of its own where the machine allows that."""
    command = [*_without_network(), sys.executable, "-m", "tests.support.confined"]
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment(PYTHONDONTWRITEBYTECODE="1"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield Confined(process, folder)
        finally:
            assert process.stdin
            process.stdin.close()
            process.wait(timeout=60)


def _without_network() -> list[str]:
    """Find how to get a network namespace with nothing in it; an empty list where there is no way."""
    for options in (["-n"], ["-r", "-n"]):
        command = ["unshare", *options]
        if shutil.which("unshare") and not subprocess.run([*command, "true"], capture_output=True).returncode:  # noqa: PLW1510
            return command
    return []


def _is_own(path: str) -> bool:
    """Tell whether a file is the program's: its code, the interpreter's, or what the C library asks for."""
    own = (
        ROOT / "agent",
        ROOT / "hsm",
        ROOT / "config" / "cpl-form.toml",  # in the package itself, where that is installed
        Path(sys.prefix),
        Path(sys.base_prefix),
        Path("/usr"),
        Path("/proc/self"),
    )
    return any(Path(path).is_relative_to(folder) for folder in own)


def _serve(requests: IO[str]) -> None:
    """Fork for each line; what a command imports is imported before."""
    import agent.cli.main  # noqa: PLC0415
    import agent.cli.verify  # noqa: PLC0415
    import agent.service.verification  # noqa: F401, PLC0415

    for line in requests:
        request = json.loads(line)
        child = os.fork()
        if not child:
            _run(request)
        _, status, usage = os.wait4(child, 0)
        code = os.waitstatus_to_exitcode(status)
        answer = (code, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024)
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


def _run(request: Sequence[str]) -> None:
    """Be `iki`, watched; never returns."""
    from agent.__main__ import main  # noqa: PLC0415

    output, events, *arguments = request
    opened: list[str] = []
    reached_out: list[str] = []

    def watch(event: str, details: tuple[Any, ...]) -> None:
        if event in _OPENING and isinstance(details[0], str | bytes | os.PathLike):
            opened.append(os.path.abspath(os.fsdecode(details[0])))  # noqa: PTH100 - Path would be watched too
        elif event.startswith(_REACHING_OUT):
            reached_out.append(event)

    status = 1
    try:
        target = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(target, 1)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
        sys.argv = ["iki", *arguments]
        sys.addaudithook(watch)
        status = main()
        sys.stdout.flush()
        seen = [list(opened), list(reached_out)]
        Path(events).write_text(json.dumps(seen), encoding="utf-8")
    finally:
        os._exit(status)


if __name__ == "__main__":
    _serve(sys.stdin)
