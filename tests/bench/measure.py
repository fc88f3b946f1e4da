"""Whole processes, measured one at a time: wall time, processor time, peak memory.

Only the standard library is imported here: a child's peak memory, as the kernel reports it, is
never less than that of the process that starts it (`own_memory`).
"""

import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

_TO_MEGABYTES: Final = 1e-6 if sys.platform == "darwin" else 1024e-6
"""ru_maxrss counts octets on macOS, KiB elsewhere."""
_DROPPED: Final = ("IKI_", "XDG_", "SOFTHSM2_", "PYTHON")


class BenchError(Exception):
    """A measured command did not do what it was called for, so its time means nothing."""


def own_memory() -> float:
    """Peak memory of this process in MB (10^6 octets): the least that a child can show."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _TO_MEGABYTES


def build_environment(folder: Path, **variables: str) -> dict[str, str]:
    """Build the environment of the children: nothing of the caller's that configures iki or Python.

    Compiled modules go to `folder`, whatever the caller says about them: an installed iki has them,
    and a working tree under PYTHONDONTWRITEBYTECODE would be compiled again at each start.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_DROPPED)}
    return kept | {"PYTHONPYCACHEPREFIX": str(folder), "LC_ALL": "C.UTF-8"} | variables


@dataclass(frozen=True, slots=True)
class Run:
    """One process, from start to end."""

    wall: float
    """Seconds."""
    processor: float
    """Seconds, of all its threads."""
    memory: float
    """Peak resident memory, MB (10^6 octets)."""


@dataclass(slots=True)
class Series:
    """Runs of one command."""

    command: Sequence[str]
    environment: Mapping[str, str]
    runs: list[Run] = field(default_factory=list)

    def measure(self) -> None:
        """Run the command once more.

        Raises:
            BenchError: its exit status is not 0.

        """
        self.runs.append(run_once(self.command, self.environment))

    @property
    def best(self) -> float:
        """The shortest wall time, in seconds: the one that other processes disturbed least."""
        return min(run.wall for run in self.runs)

    @property
    def median(self) -> float:
        """The median wall time, in seconds."""
        return statistics.median(run.wall for run in self.runs)

    @property
    def processor(self) -> float:
        """The least processor time, in seconds."""
        return min(run.processor for run in self.runs)

    @property
    def memory(self) -> float:
        """The largest peak memory, in MB."""
        return max(run.memory for run in self.runs)


def run_once(command: Sequence[str], environment: Mapping[str, str]) -> Run:
    """Run a command without input, its output thrown away unless it fails.

    Raises:
        BenchError: its exit status is not 0.

    """
    output = os.memfd_create("output") if hasattr(os, "memfd_create") else os.open(os.devnull, os.O_RDWR)
    nothing = os.open(os.devnull, os.O_RDONLY)
    actions = [
        (os.POSIX_SPAWN_DUP2, source, target) for source, target in ((nothing, 0), (output, 1), (output, 2))
    ]
    try:
        start = time.perf_counter()
        process = os.posix_spawnp(command[0], list(command), dict(environment), file_actions=actions)
        _, status, usage = os.wait4(process, 0)
        wall = time.perf_counter() - start
        if os.waitstatus_to_exitcode(status):
            os.lseek(output, 0, os.SEEK_SET)
            said = os.read(output, 4096).decode(errors="replace").strip()
            raise BenchError(f"{' '.join(command)} failed: {said}")
    finally:
        os.close(nothing)
        os.close(output)
    return Run(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * _TO_MEGABYTES)


def alternate(series: Sequence[Series], runs: int) -> None:
    """Run the commands in turn, so that what disturbs the machine for a while disturbs them all.

    Raises:
        BenchError: the exit status of one is not 0.

    """
    for item in series:
        item.measure()  # not counted: modules are compiled, files come into memory
        item.runs.clear()
    for _ in range(runs):
        for item in series:
            item.measure()


def ask(command: Sequence[str], environment: Mapping[str, str]) -> Any:
    """Run a command that measures itself, and give the JSON that it prints.

    Raises:
        BenchError: its exit status is not 0.

    """
    result = subprocess.run(command, env=dict(environment), capture_output=True, text=True, check=False)
    if result.returncode:
        raise BenchError(f"{' '.join(command)} failed: {result.stderr.strip()}")
    return json.loads(result.stdout)
