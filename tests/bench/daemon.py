"""`python -m tests.bench.daemon`: what the agent adds to a signature, its status as a process, many callers.

`--signatures 100000` also watches its memory, which takes an hour or so.

One rehearsal environment on SoftHSM. The same workbook is signed in turns by a process that holds its token
open, by a call, and by the agent, over its socket: the difference is the agent's. Wall times are of this
machine, and others may disturb them; the difference is of the two series' medians.
"""

import argparse
import io
import os
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from agent.client.documents import Errand, fetch_document
from agent.endpoint import UnixEndpoint
from agent.operations import Operation
from agent.service.files import InputFile
from agent.service.held.ring import HeldRing
from agent.service.held.tokens import HeldTokens
from agent.service.opening import ReadHere
from agent.service.pins.terminal import operator_at_terminal
from agent.service.signing import SigningJob, sign_document
from agent.service.workspace import load_workspace
from tests.bench.measure import Series, alternate
from tests.bench.workbooks import write_workbook
from tests.support.daemon import Daemon, daemon_of
from tests.support.lab import Lab, command_line, environment

_OVERHEAD_MS: Final = 0.6
_STATUS_SECONDS: Final = 0.15
_MEGABYTES: Final = 0.05
_GROWTH: Final = 0.05
"""By how much memory may change from a tenth of the signatures to all."""


def main(arguments: Sequence[str]) -> int:
    """Measure and print; 0, also when a budget was missed: other processes may be the reason."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.daemon", description=__doc__)
    parser.add_argument("--turns", type=int, default=200, help="signatures of each way")
    parser.add_argument("--clients", type=int, default=200, help="callers at the same time")
    parser.add_argument("--signatures", type=int, default=0, help="watch memory over so many, say 100000")
    parser.add_argument("--seconds", type=float, default=60.0, help="how long they call")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="iki-bench-") as name:
        lab = Lab.create(Path(name) / "lab")
        form = lab.write_form(Path(name) / "form.xlsx")
        file = Path(name) / "workbook.xlsx"
        write_workbook(form, file, "small-mixture", _MEGABYTES)
        lab.inform_of("sheet-hidden")
        with daemon_of(lab) as daemon:
            _compare(lab, daemon, file, options.turns)
            _time_status(daemon)
            _crowd(daemon, file, options.clients, options.seconds)
            if options.signatures:
                _watch_memory(daemon, form, options.signatures)
    return 0


def _compare(lab: Lab, daemon: Daemon, file: Path, turns: int) -> None:
    workspace = load_workspace(lab.configuration)
    tokens = HeldTokens(workspace.configuration)
    keys = HeldRing(tokens, workspace.configuration.find_signer("manufacturer"), operator_at_terminal())
    output = file.with_name("out.xlsx")

    def here() -> None:
        job = SigningJob(Operation.SIGN, InputFile.at(file), output, "manufacturer", force=True)
        sign_document(job, workspace, keys, ReadHere.of(workspace))

    try:
        ours, theirs = _take_turns(here, lambda: sign_there(daemon, file), turns)
    finally:
        tokens.close()
    overhead = 1000 * (statistics.median(theirs) - statistics.median(ours))
    print_line(
        f"{file.stat().st_size} octets signed: {1000 * statistics.median(ours):.2f} ms by a call,"
        f" {overhead:+.2f} ms by the agent (p50), at most {_OVERHEAD_MS}: {_judge(overhead <= _OVERHEAD_MS)}"
    )


def _take_turns(
    first: Callable[[], None], second: Callable[[], None], turns: int
) -> tuple[list[float], list[float]]:
    """Time two calls in turns, in seconds; what is made once is made before."""
    times: tuple[list[float], list[float]] = ([], [])
    for turn in range(turns + 5):
        for call, series in zip((first, second), times, strict=True):
            began = time.perf_counter()
            call()
            if turn >= 5:
                series.append(time.perf_counter() - began)
    return times


def sign_there(daemon: Daemon, file: Path) -> None:
    """Sign by the agent."""
    query = [("signer", "manufacturer"), ("file", file.name)]
    with file.open("rb") as document:
        fetch_document(UnixEndpoint(daemon.socket), Errand("/sign", query, document), io.BytesIO().write)


def _time_status(daemon: Daemon) -> None:
    command = command_line(["agent", "status"])
    series = Series(command, environment(**daemon.variables))
    alternate([series], 15)
    print_line(
        f"iki agent status: {series.median:.3f} s as a process (median; best {series.best:.3f},"
        f" processor {series.processor:.3f}), at most {_STATUS_SECONDS}:"
        f" {_judge(series.best <= _STATUS_SECONDS)}"
    )


def _crowd(daemon: Daemon, file: Path, clients: int, seconds: float) -> None:
    """Let many call at the same time, each again and again; any error is an error."""
    alone = [_time(lambda: sign_there(daemon, file)) for _ in range(20)]
    end, times, failures = time.monotonic() + seconds, list[float](), list[str]()

    def call() -> None:
        while time.monotonic() < end:
            try:
                times.append(_time(lambda: sign_there(daemon, file)))
            except Exception as error:  # noqa: BLE001 - whatever it is, it is counted
                failures.append(repr(error))

    threads = [threading.Thread(target=call) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    bound = 5 * statistics.median(alone) * clients
    slowest = statistics.quantiles(times, n=100)[98] if len(times) > 1 else float("nan")
    print_line(
        f"{clients} clients for {seconds:.0f} s: {len(times)} signatures, {len(failures)} errors"
        f" {failures[:1]}, p99 {slowest:.2f} s, at most {bound:.2f}:"
        f" {_judge(slowest <= bound and not failures)}"
    )


def _watch_memory(daemon: Daemon, file: Path, signatures: int) -> None:
    """Sign again and again; what the agent and its processes take at the end, and after a tenth of it."""
    left = iter(range(signatures))
    early: list[float] = []

    def call() -> None:
        for number in left:
            sign_there(daemon, file)
            if number == signatures // 10:
                early.append(_resident(daemon.process.pid))

    threads = [threading.Thread(target=call) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    change = _resident(daemon.process.pid) / early[0] - 1
    print_line(
        f"memory after {signatures // 10} signatures {early[0]:.0f} MB, after {signatures} {change:+.1%},"
        f" at most {_GROWTH:.0%}: {_judge(abs(change) <= _GROWTH)}"
    )


def _resident(process: int) -> float:
    """Return the resident memory of a process and its children in MB (10^6 octets); see proc(5)."""
    tasks = Path(f"/proc/{process}/task").iterdir()
    children = {int(child) for task in tasks for child in (task / "children").read_text().split()}
    pages = Path(f"/proc/{process}/statm").read_text(encoding="ascii").split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE") / 1e6 + sum(map(_resident, children))


def _time(call: Callable[[], None]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def _judge(good: bool) -> str:
    return "ok" if good else "OVER"


def print_line(text: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
