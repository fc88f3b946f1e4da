"""`make conformance`: the outside judges at length; prints the results and writes docs/conformance.md."""

import os
import sys
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings

from tests.conformance.differential import Tally, compare
from tests.conformance.page import PAGE, judge_edge_values, judge_pkits, render
from tests.conformance.plans import Case, cases

_MANY = 3000


def run_differential(number: int) -> Tally:
    """Compare over so many new cases.

    Raises:
        AssertionError: when a judge differs and no exception says why; hypothesis adds the smallest case.

    """
    tally = Tally()
    with tempfile.TemporaryDirectory() as folder:

        @settings(max_examples=number, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        @given(case=cases())
        def run(case: Case) -> None:
            compare(case, Path(folder), tally)

        run()
    return tally


def main() -> int:
    """Run everything; 1 when anything failed."""
    pkits, edges = judge_pkits(), judge_edge_values()
    page = render(pkits, edges)
    sys.stdout.write(page + "\n")
    if failed := [line for line in (*pkits, *edges) if line.result == "failed"]:
        sys.stdout.writelines(f"FAILED {line.name}: {line.why}\n" for line in failed)
        return 1
    PAGE.write_text(page, encoding="utf-8")
    tally = run_differential(int(os.environ.get("IKI_CONFORMANCE_CASES", _MANY)))
    silent = ", ".join(f"{judge} {count}" for judge, count in sorted(tally.silent.items())) or "none"
    excused = ", ".join(f"{judge} {count}" for judge, count in sorted(tally.excused.items()))
    sys.stdout.write(
        f"Differential: {tally.cases} PKIs, {tally.accepted} accepted, no unexplained difference;"
        f" differences that a listed exception explains: {excused}; no answer: {silent}.\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
