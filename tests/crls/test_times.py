"""When a URL is fetched again, and when a list is fresh, in grace and stale: to the second."""

import contextlib
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from agent.service.crls.errors import CRLRefusedError
from agent.service.crls.fetching import Change
from agent.service.crls.states import Freshness, list_states
from agent.service.crls.store import CRLStore
from agent.service.crls.stored import StoredList
from agent.service.crls.watching import next_fetch, watch_urls
from tests.crls.support import AUTHORITIES, MADE, answering, free_port, serving
from tests.crls.test_http import SETTINGS
from tests.pki.support import DAY, NOW, SECOND, Entry, issuing_point, make_crl

_HOUR = timedelta(hours=1)
_MINUTE = timedelta(minutes=1)
_ALMOST = 1 - 1e-9


def _store(folder: Path, this_update: datetime, next_update: datetime) -> CRLStore:
    store = CRLStore(folder / "crls.sqlite")
    crl = make_crl(MADE.issuing, this_update=this_update, next_update=next_update)
    store.add(crl, signer=MADE.issuing.certificate.spki_der, place="test", now=NOW)
    return store


def _lists(folder: Path, this_update: datetime, next_update: datetime) -> tuple[StoredList, ...]:
    return _store(folder, this_update, next_update).list_crls()


@pytest.mark.parametrize(("jitter", "part"), [(0.0, 0.5), (0.5, 0.65), (_ALMOST, 0.8)])
def test_a_list_is_fetched_before_its_end(tmp_path: Path, jitter: float, part: float) -> None:
    """Between half and four fifths of its life, at random."""
    lists = _lists(tmp_path, NOW, NOW + 5 * _HOUR)
    due = next_fetch(NOW, lists, failures=0, jitter=jitter)
    assert abs(due - (NOW + 5 * _HOUR * part)) < SECOND


def test_a_long_list_is_fetched_every_six_hours(tmp_path: Path) -> None:
    """A CA publishes out of turn when a key is compromised; a quarter of the wait is left to chance."""
    lists = _lists(tmp_path, NOW, NOW + 30 * DAY)
    assert next_fetch(NOW, lists, failures=0, jitter=0.0) == NOW + 6 * _HOUR
    assert abs(next_fetch(NOW, lists, failures=0, jitter=_ALMOST) - (NOW + 4.5 * _HOUR)) < SECOND


def test_a_list_near_its_end_is_not_fetched_without_pause(tmp_path: Path) -> None:
    """A server that publishes nothing newer is asked once a minute or two."""
    lists = _lists(tmp_path, NOW - 9 * DAY, NOW - DAY)
    assert next_fetch(NOW, lists, failures=0, jitter=0.0) == NOW + _MINUTE
    assert next_fetch(NOW, lists, failures=0, jitter=0.5) == NOW + 1.5 * _MINUTE


@pytest.mark.parametrize(
    ("failures", "wait"), [(1, 1), (2, 2), (3, 4), (6, 32), (7, 60), (8, 60), (1_000_000, 60)]
)
def test_failures_back_off(failures: int, wait: int) -> None:
    """A minute, doubled up to an hour, and up to half of it sooner by chance."""
    assert next_fetch(NOW, (), failures=failures, jitter=0.0) == NOW + wait * _MINUTE
    sooner = next_fetch(NOW, (), failures=failures, jitter=_ALMOST)
    assert abs(sooner - (NOW + wait * _MINUTE / 2)) < SECOND


def test_a_failure_does_not_end_the_watch(tmp_path: Path) -> None:
    """The one that failed is tried again, sooner than the one that did not."""
    waits: list[float] = []
    with (
        serving(answering(make_crl(MADE.issuing).der)) as url,
        CRLStore(tmp_path / "crls.sqlite") as store,
    ):
        urls = (f"{url}/a.crl", f"http://127.0.0.1:{free_port()}/b.crl")
        watched = watch_urls(store, urls, SETTINGS, AUTHORITIES, sleep=waits.append)
        outcomes = [next(watched)[0] for _ in range(4)]
    assert [(item.url, item.change) for item in outcomes[:2]] == [
        (urls[0], Change.NEW),
        (urls[1], Change.FAILED),
    ]
    assert outcomes[2].url == urls[1]
    assert 25 < waits[2] < 61


_NEXT = NOW + DAY


@pytest.mark.parametrize(
    ("at", "tolerance", "expected"),
    [
        (_NEXT, timedelta(0), Freshness.FRESH),
        (_NEXT + SECOND, timedelta(0), Freshness.STALE),
        (_NEXT, _HOUR, Freshness.FRESH),
        (_NEXT + SECOND, _HOUR, Freshness.GRACE),
        (_NEXT + _HOUR, _HOUR, Freshness.GRACE),
        (_NEXT + _HOUR + SECOND, _HOUR, Freshness.STALE),
        (NOW, timedelta(0), Freshness.FRESH),
        (NOW - SECOND, timedelta(0), Freshness.NOT_YET_VALID),
    ],
)
def test_the_states_begin_and_end_to_the_second(
    tmp_path: Path, at: datetime, tolerance: timedelta, expected: Freshness
) -> None:
    """Both ends are inclusive; a list from the future is not absent, but not valid yet."""
    states = list_states(
        (MADE.issuing.certificate,),
        _lists(tmp_path, NOW, _NEXT),
        at=at,
        tolerance=tolerance,
        maximum_age=7 * DAY,
    )
    assert [state.freshness for state in states] == [expected]
    assert (states[0].age, states[0].left) == (at - NOW, _NEXT - at)


_UNKNOWN = x509.UnrecognizedExtension(x509.ObjectIdentifier("2.999.8"), b"\5\0")


def _point(**only: bool) -> tuple[x509.ExtensionType, bool]:
    return issuing_point(**only), True


@pytest.mark.parametrize(
    ("extension", "problem"),
    [
        (_point(only_contains_attribute_certs=True), "crl-scope"),
        (_point(only_contains_ca_certs=True), ""),
        (
            (x509.UnrecognizedExtension(x509.ObjectIdentifier("2.999.8"), b"\5\0"), True),
            "crl-extension-unknown",
        ),
    ],
)
def test_fresh_lists_that_do_not_suffice_are_partial(
    tmp_path: Path, extension: tuple[x509.ExtensionType, bool], problem: str
) -> None:
    """The row says why, and one more that the CA's lists vouch for too little."""
    crl = make_crl(MADE.issuing, this_update=NOW, next_update=_NEXT, extensions=[extension])
    store = CRLStore(tmp_path / "partial.sqlite")
    store.add(crl, signer=MADE.issuing.certificate.spki_der, place="test", now=NOW)
    states = list_states(
        (MADE.issuing.certificate,),
        store.list_crls(),
        at=NOW,
        tolerance=timedelta(0),
        maximum_age=7 * DAY,
    )
    assert [(state.freshness, state.problem) for state in states] == [
        (Freshness.FRESH, problem),
        (Freshness.PARTIAL, ""),
    ]


def test_a_fork_is_partial(tmp_path: Path) -> None:
    """Signing is refused, and the status does not say otherwise."""
    store = CRLStore(tmp_path / "fork.sqlite")
    for entries in ((), (Entry(9),)):
        crl = make_crl(MADE.issuing, entries, number=7, this_update=NOW, next_update=_NEXT)
        with contextlib.suppress(CRLRefusedError):
            store.add(crl, signer=MADE.issuing.certificate.spki_der, place="test", now=NOW)
    states = list_states(
        (MADE.issuing.certificate,),
        store.list_crls(),
        at=NOW,
        tolerance=timedelta(0),
        maximum_age=7 * DAY,
    )
    assert [(state.freshness, state.problem) for state in states] == [
        (Freshness.FRESH, "crl-fork"),
        (Freshness.PARTIAL, ""),
    ]
