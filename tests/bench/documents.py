"""What `iki` takes on workbooks, beside `openssl cms` on the same files."""

from collections.abc import Iterator

from tests.bench.measure import alternate
from tests.bench.place import Place
from tests.bench.table import Budget, Row

_HELP = Budget(0.15)
_SMALL_VERIFY = Budget(0.35)
_LARGE_SIGN = Budget(1.5, 200)
_LARGE_VERIFY = Budget(1.5, 120)
_SMALL = 1.0
LARGE_KINDS = ("media-stored", "media-deflated", "sheets", "one-sheet", "strings", "strings-last")


def measure_start(place: Place, runs: int) -> Row:
    """Measure the least that any command takes.

    Raises:
        BenchError: it failed.

    """
    series = place.series(place.iki("--help"))
    alternate([series], runs)
    return Row("start", "iki --help", series, None, _HELP)


def measure_small(place: Place, runs: int) -> Iterator[Row]:
    """Measure an ordinary submission.

    Raises:
        BenchError: a command failed.

    """
    return _measure(place, "mixture", _SMALL, runs, {"verify": _SMALL_VERIFY})


def measure_large(place: Place, kind: str, megabytes: float, runs: int) -> Iterator[Row]:
    """Measure a large workbook of one of `LARGE_KINDS`.

    Raises:
        BenchError: a command failed.

    """
    return _measure(place, kind, megabytes, runs, {"sign": _LARGE_SIGN, "verify": _LARGE_VERIFY})


def _measure(
    place: Place, kind: str, megabytes: float, runs: int, budgets: dict[str, Budget]
) -> Iterator[Row]:
    file = place.write_workbook(kind, megabytes)
    cms_sign, cms_verify = place.series(place.cms_sign(file)), place.series(place.cms_verify(file))
    beside = {
        "sign": (place.series(place.sign(file)), cms_sign),
        "countersign": (place.series(place.countersign(file)), cms_sign),
        "verify": (place.series(place.verify(file)), cms_verify),
    }
    alternate([cms_sign, cms_verify, *(ours for ours, _ in beside.values())], runs)
    place.remove(file)
    for name, (ours, theirs) in beside.items():
        yield Row(f"{kind} {megabytes:g} MB", f"iki {name}", ours, theirs, budgets.get(name))
