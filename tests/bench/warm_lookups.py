"""`python -m tests.bench.warm_lookups STORE…`: microseconds of decisions by stores of CRLs, as JSON.

Measured in turn, so that what disturbs the machine disturbs them all: `first`, from opening the store to
the first answer, its file in memory; `unread`, the same with the file dropped from memory (Linux);
`decision`, an answer of an open store; `touched`, one random serial number of an open store; `lookup`, the
same numbers once more.
"""

import json
import os
import random
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import timedelta
from functools import partial
from pathlib import Path

from agent.pki.certificate import load_certificate
from agent.pki.revocation import Good, judge_revocation
from agent.service.crls.store import CRLStore
from agent.service.crls.stored import StoredList
from tests.bench.crls import ISSUER, SIGNER
from tests.pki.support import NOW

_OPENINGS = 25
_DECISIONS = 400
_LOOKUPS = 400
_TURN = 20
"""Lookups in one store before it is the other's turn: most find the processor's own caches warm."""


class _Store:
    """One store and what was measured of it, in seconds."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.signer, self.issuer = (
            load_certificate((path.parent / name).read_bytes(), where=name) for name in (SIGNER, ISSUER)
        )
        self.times: dict[str, list[float]] = {}

    def open(self, kind: str) -> None:
        """Open the store and decide."""
        start = time.perf_counter()
        with CRLStore(self.path) as store:
            self._decide(store.list_crls())
            self.times.setdefault(kind, []).append(time.perf_counter() - start)

    def drop(self) -> None:
        """Have the system forget the file."""
        descriptor = os.open(self.path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        finally:
            os.close(descriptor)

    def decide(self) -> None:
        """Decide again and again with the store open."""
        with CRLStore(self.path) as store:
            lists = store.list_crls()
            self.times["decision"] = [_clock(lambda: self._decide(lists)) for _ in range(_DECISIONS)]

    def look_up(self, kind: str, lists: Sequence[StoredList], serials: Sequence[int]) -> None:
        """Look serial numbers up in the list of the store."""
        times = [_clock(partial(lists[0].entry_for, serial)) for serial in serials]
        self.times.setdefault(kind, []).extend(times)

    def _decide(self, lists: tuple[StoredList, ...]) -> None:
        answer = judge_revocation(
            self.signer,
            issuer=self.issuer,
            crls=lists,
            at=NOW,
            tolerance=timedelta(0),
            maximum_age=timedelta(days=7),
        )
        if not isinstance(answer, Good):
            sys.exit(f"{self.path}: {answer}")


def _clock(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def _look_up(stores: Sequence[_Store]) -> None:
    """Look the same random serial numbers up in all stores, in turns, and then once more."""
    chance = random.Random(7)  # noqa: S311 - the same numbers every time
    serials = [chance.getrandbits(126) | 1 << 125 for _ in range(_LOOKUPS)]
    with ExitStack() as opened:
        lists = [opened.enter_context(CRLStore(store.path)).list_crls() for store in stores]
        for kind in ("touched", "lookup"):
            for begin in range(0, _LOOKUPS, _TURN):
                for store, own in zip(stores, lists, strict=True):
                    store.look_up(kind, own, serials[begin : begin + _TURN])


def main(paths: Sequence[str]) -> None:
    """Measure and print the medians, by store."""
    stores = [_Store(Path(path)) for path in paths]
    for _ in range(_OPENINGS):
        for store in stores:
            store.open("first")
    for store in stores:
        store.decide()
    _look_up(stores)
    for _ in range(_OPENINGS if hasattr(os, "posix_fadvise") else 0):
        for store in stores:
            store.drop()
            store.open("unread")
    medians = [
        {kind: statistics.median(times) * 1e6 for kind, times in store.times.items()} for store in stores
    ]
    sys.stdout.write(json.dumps(medians))


if __name__ == "__main__":
    main(sys.argv[1:])
