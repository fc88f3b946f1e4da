"""`python -m tests.bench`: what iki takes beside `openssl cms` on the same files, and its budgets."""

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.bench.measure import BenchError, Series, own_memory
from tests.bench.place import Place
from tests.bench.table import Budget, Row, list_lines

_HELP = Budget(0.15)
_SMALL_VERIFY = Budget(0.35)
_LARGE_SIGN = Budget(1.5, 200)
_SMALL, _LARGE = 1.0, 50.0
_LARGE_KINDS = ("media-stored", "media-deflated", "sheets", "one-sheet", "strings", "strings-last")


def main(arguments: Sequence[str]) -> int:
    """Measure and print; 0, also when a budget was missed: other processes may be the reason."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--runs", type=int, default=5, help="runs of each command (default 5)")
    parser.add_argument("--megabytes", type=float, default=_LARGE, help="size of the large workbooks")
    parser.add_argument(
        "--kind", action="append", choices=_LARGE_KINDS, help="only this kind of large workbook"
    )
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="iki-bench-") as folder:
        try:
            rows = list(_measure(Path(folder), options.runs, options.megabytes, options.kind or _LARGE_KINDS))
        except BenchError as error:
            sys.stderr.write(f"bench: {error}\n")
            return 1
    sys.stdout.write("\n".join([*list_lines(rows, own_memory()), ""]))
    return 0


def _measure(folder: Path, runs: int, megabytes: float, kinds: Sequence[str]) -> Iterator[Row]:
    _tell("making a rehearsal environment")
    place = Place.prepare(folder)
    yield from _measure_start(place, runs)
    yield from _measure_file(place, "mixture", _SMALL, runs, {"verify": _SMALL_VERIFY})
    for kind in kinds:
        yield from _measure_file(place, kind, megabytes, runs, {"sign": _LARGE_SIGN})


def _measure_start(place: Place, runs: int) -> Iterator[Row]:
    series = place.series(place.iki("--help"))
    _alternate([series], runs)
    yield Row("start", "iki --help", series, None, _HELP)


def _measure_file(
    place: Place, kind: str, megabytes: float, runs: int, budgets: dict[str, Budget]
) -> Iterator[Row]:
    _tell(f"{kind}, {megabytes:g} MB")
    file = place.write_workbook(kind, megabytes)
    cms_sign, cms_verify = place.series(place.cms_sign(file)), place.series(place.cms_verify(file))
    beside = {
        "sign": (place.series(place.sign(file)), cms_sign),
        "countersign": (place.series(place.countersign(file)), cms_sign),
        "verify": (place.series(place.verify(file)), cms_verify),
    }
    _alternate([cms_sign, cms_verify, *(ours for ours, _ in beside.values())], runs)
    place.remove(file)
    for name, (ours, theirs) in beside.items():
        yield Row(f"{kind} {megabytes:g} MB", f"iki {name}", ours, theirs, budgets.get(name))


def _alternate(series: Sequence[Series], runs: int) -> None:
    """Run the commands in turn, so that what disturbs the machine for a while disturbs them all."""
    for item in series:
        item.measure()  # not counted: modules are compiled, files come into memory
        item.runs.clear()
    for _ in range(runs):
        for item in series:
            item.measure()


def _tell(text: str) -> None:
    sys.stderr.write(f"bench: {text}\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
