"""What a long CRL takes to bring in, beside `openssl crl -verify`, and to decide by, beside a short one."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tests.bench.measure import Series, ask
from tests.bench.place import Place
from tests.bench.table import Figure

LIST: Final = "list.crl"
NEXT: Final = "next.crl"
"""The same and one entry more."""
ROOT: Final = "root.pem"
ISSUER: Final = "issuing.pem"
SIGNER: Final = "signer.pem"
CONFIGURATION: Final = "config.toml"
STORE: Final = "crls.sqlite"
_SHORT = 10
_INGESTION_RATIO = 5.0
_INGESTION_MB = 400.0
_LOOKUP_RATIO = 2.0
_KINDS = {
    "lookup": "a serial number looked up before",
    "touched": "a serial number not looked up before",
    "decision": "a decision, store open",
    "first": "store opened, first decision",
    "unread": "the same, file not in memory",
}


def measure_long_list(place: Place, runs: int, count: int) -> Iterator[Figure]:
    """Measure a list of `count` entries.

    Raises:
        BenchError: a command failed.

    """
    folders = {size: place.folder / f"list-{size}" for size in (_SHORT, count)}
    for size, folder in folders.items():
        place.run((sys.executable, "-m", "tests.bench.long_list", str(folder), str(size)))
    yield from _measure_ingestion(place, folders[count], runs, f"{count:,} entries")
    _take_in(place, folders[_SHORT], LIST).measure()
    yield from _measure_lookups(place, folders[_SHORT], folders[count], f"{count:,} entries to {_SHORT}")


def _measure_ingestion(place: Place, folder: Path, runs: int, what: str) -> Iterator[Figure]:
    """Bring list and successor into an empty store, and have openssl verify the list, in turn."""
    first, successor = _take_in(place, folder, LIST), _take_in(place, folder, NEXT)
    given = ("-inform", "DER", "-in", str(folder / LIST), "-CAfile", str(folder / ISSUER))
    theirs = place.series(("openssl", "crl", "-verify", "-noout", *given))
    for _ in range(runs):
        theirs.measure()
        for path in folder.glob(f"{STORE}*"):
            path.unlink()
        first.measure()
        successor.measure()
    openssl = f"openssl crl -verify {theirs.best:.2f} s"
    for name, ours in (("", first), (", and one more", successor)):
        ratio = ours.best / theirs.best
        note = f"iki crl import {ours.best:.2f} s, {openssl}"
        yield Figure("CRL ingestion", what + name, ratio, "times", _INGESTION_RATIO, note)
        yield Figure("CRL ingestion", what + name, ours.memory, "MB", _INGESTION_MB, "peak")


def _measure_lookups(place: Place, short: Path, long: Path, what: str) -> Iterator[Figure]:
    """Decide by both, in turn."""
    stores = [str(folder / STORE) for folder in (short, long)]
    few, many = ask((sys.executable, "-m", "tests.bench.warm_lookups", *stores), place.environment)
    for kind, named in _KINDS.items():
        if kind in few:
            note = f"{named}: {many[kind]:.1f} to {few[kind]:.1f} µs"
            yield Figure("CRL lookup", what, many[kind] / few[kind], "times", _LOOKUP_RATIO, note)


def _take_in(place: Place, folder: Path, name: str) -> Series:
    """Begin a series of `iki crl import`."""
    return place.series(
        place.iki("crl", "import", str(folder / name)), IKI_CONFIG=str(folder / CONFIGURATION)
    )
