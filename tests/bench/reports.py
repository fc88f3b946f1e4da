"""What the report of a large submission weighs, and what it takes to open it in a browser."""

import shutil
import statistics
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from typing import Final

from tests.bench.forms import ENTRIES, make_large_form
from tests.bench.measure import ask
from tests.bench.place import Place
from tests.bench.table import Figure

_MEGABYTES: Final = 5.0
_OPEN: Final = 2.0
_SUBJECT: Final = f"report, {ENTRIES:,} entries"


def measure_reports(place: Place, runs: int) -> Iterator[Figure]:
    """Measure the size of a report, and its opening where Chromium and Playwright are.

    Raises:
        BenchError: a command failed.

    """
    form, page = make_large_form(place), place.folder / "report.html"
    for command in (place.sign(form), place.countersign(form)):
        place.run(command)
    place.run((*place.verify(form), "--report", str(page)))
    yield Figure(_SUBJECT, "size", page.stat().st_size * 1e-6, "MB", _MEGABYTES, "as written by iki verify")
    if shutil.which("chromium") is None or find_spec("playwright") is None:
        return
    found = ask((sys.executable, "-m", "tests.bench.browser", str(page), str(runs)), place.environment)
    load, paint, processor = ([each[name] for each in found] for name in ("load", "paint", "processor"))
    note = f"median {statistics.median(load):.2f} s; drawn from {min(paint):.2f} s on"
    yield Figure(_SUBJECT, "navigation to load event, Chromium", min(load), "s", _OPEN, note)
    note = "of all processes of the browser, until it was drawn"
    yield Figure(_SUBJECT, "processor time, Chromium", min(processor), "s", _OPEN, note)
