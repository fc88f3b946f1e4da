"""Delta CRLs: read as one list with the complete CRL that they build on, or not at all."""

from datetime import datetime, timedelta

import pytest
from cryptography import x509

from agent.pki.crl import CertificateList
from agent.pki.revocation import Good, RevocationAnswer, Revoked, Undetermined, judge_revocation
from tests.pki.support import DAY, NOW, SECOND, Entry, issuing_point, make_crl, make_hierarchy, make_key

_MADE = make_hierarchy()
_ISSUING, _SERIAL = _MADE.issuing, _MADE.signer.certificate.serial
_HOUR = timedelta(hours=1)


def _judge(*crls: CertificateList, at: datetime = NOW) -> RevocationAnswer:
    return judge_revocation(
        _MADE.signer.certificate,
        issuer=_ISSUING.certificate,
        crls=crls,
        at=at,
        tolerance=timedelta(0),
        maximum_age=DAY,
    )


def _base(*entries: Entry, number: int = 10, next_update: datetime = NOW + _HOUR) -> CertificateList:
    """Make a complete list of yesterday."""
    return make_crl(_ISSUING, entries, number=number, this_update=NOW - DAY, next_update=next_update)


def _delta(*entries: Entry, since: int = 10, number: int = 11) -> CertificateList:
    return make_crl(
        _ISSUING,
        entries,
        number=number,
        this_update=NOW - _HOUR,
        next_update=NOW + _HOUR,
        extensions=[(x509.DeltaCRLIndicator(since), True)],
    )


def test_a_delta_brings_its_base_up_to_date() -> None:
    """The dates of the delta count, and both lists are the evidence."""
    base, delta = _base(), _delta()
    answer = _judge(base, delta)
    assert isinstance(answer, Good)
    assert [item.sha256 for item in answer.evidence] == [delta.sha256.hex(), base.sha256.hex()]
    assert isinstance(_judge(base, delta, at=NOW + _HOUR), Good)
    assert isinstance(_judge(base, delta, at=NOW + _HOUR + SECOND), Undetermined)


def test_what_either_revokes_is_revoked() -> None:
    """An entry of the delta, and one of the base that the delta does not mention."""
    entry = Entry(_SERIAL, NOW - 2 * DAY, "keyCompromise")
    assert isinstance(_judge(_base(), _delta(entry)), Revoked)
    assert isinstance(_judge(_base(entry), _delta()), Revoked)


def test_remove_from_crl_ends_a_hold() -> None:
    """The base's hold stands until the delta takes it off; what is permanent stays."""
    held = _base(Entry(_SERIAL, NOW - 2 * DAY, "certificateHold"))
    removal = _delta(Entry(_SERIAL, NOW - 2 * DAY, "removeFromCRL"))
    assert isinstance(_judge(held, _delta()), Revoked)
    assert isinstance(_judge(held, removal), Good)
    assert isinstance(_judge(_base(Entry(_SERIAL, NOW - 2 * DAY, "keyCompromise")), removal), Revoked)


@pytest.mark.parametrize(("number", "good"), [(9, False), (10, True), (11, True), (12, False), (13, False)])
def test_the_base_lies_between_base_crl_number_and_the_deltas(number: int, good: bool) -> None:
    """BaseCRLNumber ≤ number of the complete CRL < number of the delta (RFC 5280 clause 5.2.4)."""
    answer = _judge(_base(number=number), _delta(since=10, number=12))
    assert isinstance(answer, Good)
    assert (len(answer.evidence) == 2) is good


def test_the_newest_base_is_taken() -> None:
    """A hold that the newer complete CRL has dropped is over."""
    older = make_crl(
        _ISSUING,
        [Entry(_SERIAL, NOW - 9 * DAY, "certificateHold")],
        number=10,
        this_update=NOW - 3 * DAY,
        next_update=NOW - 2 * DAY,
    )
    assert isinstance(_judge(older, _base(number=11), _delta(number=12)), Good)


def test_a_base_of_another_scope_or_without_number_is_none() -> None:
    """Scopes must be the same, and numbers there."""
    scoped = make_crl(
        _ISSUING,
        number=10,
        this_update=NOW - DAY,
        next_update=NOW - _HOUR,
        extensions=[(issuing_point(only_contains_user_certs=True), True)],
    )
    unnumbered = make_crl(_ISSUING, number=None, this_update=NOW - DAY, next_update=NOW - _HOUR)
    assert isinstance(_judge(scoped, _delta()), Undetermined)
    assert isinstance(_judge(unnumbered, _delta()), Undetermined)


def test_a_forged_delta_changes_nothing() -> None:
    """Its entries are nobody's word."""
    forged = make_crl(
        _ISSUING,
        [Entry(_SERIAL)],
        number=11,
        extensions=[(x509.DeltaCRLIndicator(10), True)],
        key=make_key("forger"),
    )
    assert isinstance(_judge(_base(next_update=NOW + DAY), forged), Good)


def test_a_delta_does_not_prolong_a_base_past_its_end() -> None:
    """Clause 6.3.3 (a) would allow it; past nextUpdate a list vouches for nothing here. It revokes."""
    stale = _base(next_update=NOW - _HOUR)
    answer = _judge(stale, _delta())
    assert isinstance(answer, Undetermined)
    assert answer.code == "crl-stale"
    assert isinstance(_judge(stale, _delta(Entry(_SERIAL))), Revoked)
