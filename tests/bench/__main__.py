"""`python -m tests.bench`: what iki takes, its budgets, and what openssl takes for as much."""

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.bench.crls import measure_long_list
from tests.bench.documents import LARGE_KINDS, measure_large, measure_small, measure_start
from tests.bench.forms import measure_forms
from tests.bench.measure import BenchError, own_memory
from tests.bench.place import Place
from tests.bench.policy import measure_decisions
from tests.bench.reports import measure_reports
from tests.bench.table import Figure, Row, list_figure_lines, list_lines

_SUBJECTS = ("documents", "forms", "reports", "policy", "crls")
_LARGE = 50.0
_ENTRIES = 1_000_000


def main(arguments: Sequence[str]) -> int:
    """Measure and print; 0, also when a budget was missed: other processes may be the reason."""
    options = _parse(arguments)
    subjects = options.subject or _SUBJECTS
    with tempfile.TemporaryDirectory(prefix="iki-bench-") as folder:
        try:
            _tell("making a rehearsal environment")
            place = Place.prepare(Path(folder))
            rows = list(_measure_documents(place, options)) if "documents" in subjects else []
            if "forms" in subjects:
                _tell("a form of ten thousand entries")
                rows += measure_forms(place, options.runs)
            figures = list(_measure_figures(place, options, subjects))
        except BenchError as error:
            sys.stderr.write(f"bench: {error}\n")
            return 1
    lines = [*(list_lines(rows, own_memory()) if rows else ()), ""]
    sys.stdout.write("\n".join([*lines, *(list_figure_lines(figures) if figures else ()), ""]))
    return 0


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    add = parser.add_argument
    add("--runs", type=int, default=5, help="runs of each command (default 5)")
    add("--megabytes", type=float, default=_LARGE, help="size of the large workbooks")
    add("--kind", action="append", choices=LARGE_KINDS, help="only this kind of large workbook")
    add("--entries", type=int, default=_ENTRIES, help="length of the long CRL")
    add("--subject", action="append", choices=_SUBJECTS, help="measure only this")
    return parser.parse_args(arguments)


def _measure_documents(place: Place, options: argparse.Namespace) -> Iterator[Row]:
    yield measure_start(place, options.runs)
    _tell("a small workbook")
    yield from measure_small(place, options.runs)
    for kind in options.kind or LARGE_KINDS:
        _tell(f"{kind}, {options.megabytes:g} MB")
        yield from measure_large(place, kind, options.megabytes, options.runs)


def _measure_figures(place: Place, options: argparse.Namespace, subjects: Sequence[str]) -> Iterator[Figure]:
    if "reports" in subjects:
        _tell("a report of ten thousand entries")
        yield from measure_reports(place, options.runs)
    if "policy" in subjects:
        _tell("policy decisions")
        yield from measure_decisions(place, options.runs)
    if "crls" in subjects:
        _tell(f"a CRL of {options.entries:,} entries")
        yield from measure_long_list(place, options.runs, options.entries)


def _tell(text: str) -> None:
    sys.stderr.write(f"bench: {text}\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
