"""`python -m tests.bench.batch`: a batch of small workbooks, a loop of calls, and the bare work on them.

The bare work (tests/bench/batch_bare.py) runs in one process for each processor, half of it before the batch
and half of it after, so that what disturbs the machine disturbs both.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from agent.service.processors import count_processors
from tests.bench.measure import BenchError, Run
from tests.bench.place import Place

_KILOBYTES: Final = 50
_CALLS: Final = 8
_BUDGETS: Final = {"loop": 40.0, "bare": 0.8}
"""How many times as fast as the loop of calls, and as the bare work, a batch is to be at least."""


def main(arguments: Sequence[str]) -> int:
    """Measure and print; 0, also when a budget was missed: other processes may be the reason."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.batch", description=__doc__)
    parser.add_argument("--documents", type=int, default=1000, help="how many (default 1000)")
    parser.add_argument("--jobs", type=int, help="at a time (default: as iki chooses)")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="iki-bench-") as folder:
        try:
            place = Place.prepare(Path(folder))
            for line in _measure(place, options.documents, options.jobs):
                sys.stdout.write(f"{line}\n")
                sys.stdout.flush()
        except BenchError as error:
            sys.stderr.write(f"bench: {error}\n")
            return 1
    return 0


def _measure(place: Place, count: int, jobs: int | None) -> Iterator[str]:
    files = _make_files(place, count)
    size = files[0].stat().st_size
    one = place.series(place.sign(place.write_workbook("small-mixture", _KILOBYTES / 1000)))
    one.measure()
    one.runs.clear()
    for _ in range(_CALLS):
        one.measure()
    loop = one.median
    bare, processor = _run_bare(place, files[: count // 2])
    run = _run_batch(place, files[0].parent, count, jobs)
    batch = run.wall / count
    after, more = _run_bare(place, files[count // 2 :])
    bare, processor = (bare + after) / count, (processor + more) / count
    yield f"{count} workbooks of {size / 1000:.0f} KB, {count_processors()} processors"
    yield f"  a call of iki sign {loop * 1e3:.0f} ms, a document in the batch {batch * 1e3:.1f} ms,"
    yield f"  its bare work on all processors {bare * 1e3:.1f} ms"
    spent = run.processor / count
    share = processor / spent
    yield f"  of one processor {spent * 1e3:.1f} ms, of which bare work {processor * 1e3:.1f} ms: {share:.2f}"
    for name, other in (("loop", loop), ("bare", bare)):
        ratio, budget = other / batch, _BUDGETS[name]
        yield f"  batch: {ratio:.2f} x the {name}; {'ok' if ratio >= budget else 'UNDER'} ({budget:g} x)"


def _make_files(place: Place, count: int) -> list[Path]:
    first = place.write_workbook("small-mixture", _KILOBYTES / 1000)
    folder = place.folder / "many"
    folder.mkdir()
    files = [folder / f"form-{number:04}.xlsx" for number in range(count)]
    for file in files:
        shutil.copy(first, file)
    return files


def _run_bare(place: Place, files: Sequence[Path]) -> tuple[float, float]:
    """Do the bare work on all processors; seconds until the last has ended, and seconds of processors."""
    configuration = str(place.folder / "lab" / "config.toml")
    command = (sys.executable, "-m", "tests.bench.batch_bare", configuration)
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "env": place.environment}
    count = count_processors()
    workers = [subprocess.Popen(command, **pipes) for _ in range(count)]  # type: ignore[call-overload]
    time.sleep(3)  # their modules are loaded
    for number, worker in enumerate(workers):
        worker.stdin.write("\n" + "".join(f"{file}\n" for file in files[number::count]))
        worker.stdin.close()
    spent = [json.loads(worker.stdout.read()) for worker in workers]
    if any(worker.wait() for worker in workers):
        raise BenchError("the bare work failed")
    return max(wall for wall, _ in spent), sum(processor for _, processor in spent)


def _run_batch(place: Place, folder: Path, count: int, jobs: int | None) -> Run:
    """Sign all files with one call, the start of all processes included."""
    chosen = () if jobs is None else ("--jobs", str(jobs))
    call = place.series(place.iki("sign", str(folder), "--as", "manufacturer", *chosen))
    call.measure()
    made = len(list(folder.glob("*.signed.xlsx")))
    if made != count:
        raise BenchError(f"{made} of {count} were signed")
    return call.runs[0]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
