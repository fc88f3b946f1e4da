"""A revocation that a newer list omits: the list that has it is kept in the store."""

from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

import pytest

from agent.pki.crl import CertificateList
from agent.pki.crl_entries import list_spans
from agent.pki.revocation import RevocationAnswer, Revoked, judge_revocation
from agent.service.crls.store import CRLStore
from tests.crls.support import MADE, make_list_of, make_long_list
from tests.pki.support import DAY, NOW, SECOND, Entry, make_crl

_KEY = MADE.issuing.certificate.spki_der


@pytest.fixture
def store(tmp_path: Path) -> CRLStore:
    """Make an empty store."""
    return CRLStore(tmp_path / "crls.sqlite")


def _add(store: CRLStore, crl: CertificateList) -> None:
    store.add(crl, signer=_KEY, place="test", now=NOW)


def _succeed(store: CRLStore, number: int, serials: Iterable[int]) -> None:
    """Let the next list of a series in, with permanent revocations."""
    this_update = NOW + number * SECOND
    crl = make_crl(
        MADE.issuing,
        [Entry(serial, reason="keyCompromise") for serial in serials],
        number=number,
        this_update=this_update,
        next_update=this_update + DAY,
    )
    store.add(crl, signer=_KEY, place="test", now=this_update)


def _answer(store: CRLStore, number: int) -> RevocationAnswer:
    return judge_revocation(
        MADE.signer.certificate,
        issuer=MADE.issuing.certificate,
        crls=store.list_crls(),
        at=NOW + number * SECOND,
        tolerance=timedelta(0),
        maximum_age=DAY,
    )


def test_a_revocation_that_a_newer_list_omits_stands(store: CRLStore) -> None:
    """The list that has it is kept, and answers, whatever comes after it."""
    serial = MADE.signer.certificate.serial
    for number, serials in enumerate(([], [serial], [serial, 5], [5], [5], [5, 6])):
        _succeed(store, number, serials)
    assert [(crl.number, crl.standing) for crl in store.list_crls()] == [(2, True), (5, False)]
    answer = _answer(store, 5)
    assert isinstance(answer, Revoked)
    assert ([item.number for item in answer.evidence], answer.is_omitted) == ([2], True)


def test_lists_are_kept_only_for_what_no_list_kept_has(store: CRLStore) -> None:
    """A CA that drops expired certificates one by one fills no disk."""
    serials = list(range(100, 120))
    for number in range(20):
        _succeed(store, number, serials[number:])
    assert [crl.number for crl in store.list_crls()] == [0, 19]
    _succeed(store, 20, [*range(119, 140)])
    _succeed(store, 21, [*range(130, 140)])
    assert [crl.number for crl in store.list_crls()] == [0, 20, 21]


@pytest.mark.parametrize(("before", "after"), [(3000, 200), (200, 3000), (2998, 3000)])
def test_long_lists_are_compared_whatever_their_buckets(store: CRLStore, before: int, after: int) -> None:
    """Omitted by a list of fewer, of more, and of as many buckets; a list that has all entries is another."""
    long, _ = make_long_list(max(before, after), number=2)
    kept = _part(long, 1, range(before))
    _add(store, kept)
    _add(store, _part(long, 2, range(1 if after >= before else 0, after)))
    assert [crl.number for crl in store.list_crls()] == [1, 2]
    with CRLStore(store.path.with_name("other")) as other:
        _add(other, _part(long, 1, range(min(before, after))))
        _add(other, _part(long, 2, [*reversed(range(max(before, after)))]))
        assert [crl.number for crl in other.list_crls()] == [2]


def _part(long: CertificateList, number: int, chosen: Iterable[int]) -> CertificateList:
    """Make a list of some of a long list's entries."""
    assert long.revoked is not None
    entries = [long.revoked.data[start:stop] for start, _, stop in list_spans(long.revoked)]
    return make_list_of([entries[index] for index in chosen], number=number)
