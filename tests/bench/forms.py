"""What checking a large submission form takes."""

import json
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Final

from tests.bench.measure import alternate
from tests.bench.place import Place
from tests.bench.table import Budget, Row

ENTRIES: Final = 10_000
_CHECK: Final = Budget(1.5, 150)


def measure_forms(place: Place, runs: int) -> Iterator[Row]:
    """Measure `iki cpl check` on a form of ten thousand entries that nothing is wrong with.

    Raises:
        BenchError: a command failed.

    """
    form = make_large_form(place)
    series = place.series(place.iki("cpl", "check", str(form)))
    alternate([series], runs)
    yield Row(f"form, {ENTRIES:,} entries", "iki cpl check", series, None, _CHECK)


def make_large_form(place: Place) -> Path:
    """Make the form, unless it is there; raises as `measure_forms`."""
    form = place.folder / "large-form.xlsx"
    if not form.exists():
        entries = place.folder / "entries.json"
        entries.write_text(json.dumps([_entry(number) for number in range(ENTRIES)]), encoding="utf-8")
        place.run(place.iki("cpl", "new", str(form), "--from", str(entries)))
    return form


def _entry(number: int) -> dict[str, str]:
    return {
        "manufacturer": "TEST Meter Works Ltd",
        "model": f"{number // 100:04X}",
        "hardware_version": "0100",
        "firmware_version": f"{number:08d}",
        "device_type": ("ESME", "GSME", "PPMID", "IHD")[number % 4],
        "smets_chts_version": "5.1",
        "gbcs_version": "4.1",
        "zigbee_certificate": f"TEST-ZB-{number}",
        "zigbee_certificate_date": "2099-03-31",
        "dlms_certificate": f"TEST-DLMS-{number}",
        "dlms_certificate_date": "2099-06-30",
        "cpa_certificate": f"TEST-CPA-{number}",
        "cpa_certificate_date": "2099-11-30",
        "image_hash": sha256(str(number).encode()).hexdigest().upper(),
        "cpl_status": "Active",
        "previous_entry": f"CPL-{number}",
    }
