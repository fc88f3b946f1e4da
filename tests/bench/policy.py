"""What a policy decision takes: with everything at hand, and as a whole process."""

import sys
from collections.abc import Iterator

from tests.bench.measure import alternate, ask
from tests.bench.place import Place
from tests.bench.table import Figure

_WARM_MS = 1.0
_COLD_S = 0.3
_SUBJECT = "policy decision"


def measure_decisions(place: Place, runs: int) -> Iterator[Figure]:
    """Measure decisions in one process, then `iki policy explain` as people run it.

    Raises:
        BenchError: a command failed.

    """
    found = ask((sys.executable, "-m", "tests.bench.warm_decisions"), place.environment)
    for kind, times in found.items():
        what = f"path, both CRLs, all rules; {kind}"
        yield Figure(_SUBJECT, what, times["best"], "ms", _WARM_MS, f"median {times['median']:.2f} ms")
    key = place.series(place.iki("policy", "explain", "--as", "manufacturer"))
    form = place.series(place.iki("policy", "explain", "--as", "manufacturer", str(place.form)))
    alternate([key, form], runs)
    for what, series in (("iki policy explain", key), ("iki policy explain FILE", form)):
        yield Figure(_SUBJECT, what, series.best, "s", _COLD_S, f"median {series.median:.3f} s")
