"""Keeping the store fresh: each URL is fetched again before its list runs out."""

import random
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from agent.config.crl import CRLSettings
from agent.service.crls.authorities import Authorities
from agent.service.crls.fetching import Change, FetchOutcome, fetch_crl
from agent.service.crls.store import CRLStore
from agent.service.crls.stored import StoredList

_EARLIEST: Final = 0.5
_LATEST: Final = 0.8
"""Between which parts of a list's life it is fetched again: not all clients at once, and before its end."""
_FIRST_RETRY: Final = timedelta(seconds=60)
_LAST_RETRY: Final = timedelta(hours=1)
_SHORTEST: Final = timedelta(seconds=60)
_LONGEST: Final = timedelta(hours=6)
"""A CA publishes out of turn when a key is compromised; nobody should wait a month for that."""


def next_fetch(now: datetime, lists: Iterable[StoredList], *, failures: int, jitter: float) -> datetime:
    """Find when to fetch a URL again; `jitter` is 0 to below 1, at random.

    After a failure: in a minute, doubled with each failure up to an hour, and at random half of that sooner.
    """
    if failures:
        wait = min(_FIRST_RETRY * (1 << min(failures - 1, 10)), _LAST_RETRY)
        return now + wait * (1 - jitter / 2)
    part = _EARLIEST + (_LATEST - _EARLIEST) * jitter
    due = [
        crl.this_update + (crl.next_update - crl.this_update) * part
        for crl in lists
        if crl.next_update is not None
    ]
    longest = now + _LONGEST * (1 - jitter / 4)
    return max(now + _SHORTEST * (1 + jitter), min((*due, longest)))


def watch_urls(
    store: CRLStore,
    urls: tuple[str, ...],
    settings: CRLSettings,
    authorities: Authorities,
    *,
    until: datetime | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> Iterator[tuple[FetchOutcome, datetime]]:
    """Fetch every URL now and then again in time, and give each outcome with the instant of the next try.

    Raises:
        UsageError: `crl-store-unusable`.

    """
    plan = dict.fromkeys(urls, datetime.now(UTC))
    while plan:
        url = min(plan, key=lambda item: plan[item])
        wait = plan[url]
        if until is not None and wait > until:
            sleep(max(0.0, (until - datetime.now(UTC)).total_seconds()))
            return
        sleep(max(0.0, (wait - datetime.now(UTC)).total_seconds()))
        outcome = fetch_crl(store, url, settings, authorities)
        plan[url] = _plan(store, outcome)
        yield outcome, plan[url]


def _plan(store: CRLStore, outcome: FetchOutcome) -> datetime:
    """Plan the next try of a URL."""
    source = store.find_source(outcome.url)
    lists = [crl for crl in store.list_crls() if crl.sha256.hex() in outcome.lists]
    failures = source.failures if source and outcome.change is Change.FAILED else 0
    jitter = random.random()  # noqa: S311 - spreads load, keeps no secret
    return next_fetch(datetime.now(UTC), lists, failures=failures, jitter=jitter)
