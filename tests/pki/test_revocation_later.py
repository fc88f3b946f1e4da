"""Judged at an instant in the past: what lists issued since then may say of it."""

from collections.abc import Iterable
from datetime import datetime, timedelta

import pytest
from cryptography import x509

from agent.pki.crl import CertificateList
from agent.pki.revocation import Good, RevocationAnswer, Revoked, Undetermined, judge_revocation
from tests.pki.support import DAY, NOW, Entry, make_crl, make_hierarchy

_MADE = make_hierarchy()
_SERIAL = _MADE.signer.certificate.serial
_THEN = NOW - 20 * DAY


def _judge(
    crls: Iterable[CertificateList], known_until: datetime | None = NOW, at: datetime = _THEN
) -> RevocationAnswer:
    return judge_revocation(
        _MADE.signer.certificate,
        issuer=_MADE.issuing.certificate,
        crls=crls,
        at=at,
        tolerance=timedelta(),
        maximum_age=7 * DAY,
        known_until=known_until,
    )


def test_a_later_list_vouches_up_to_the_limit_of_knowledge() -> None:
    """Also when it is stale by now; without the limit, or issued after it, it is from the future."""
    later = make_crl(_MADE.issuing, this_update=NOW - 5 * DAY, next_update=NOW - 4 * DAY)
    assert isinstance(_judge([later]), Good)
    assert isinstance(_judge([later], NOW - 5 * DAY), Good)
    for limit in (None, NOW - 6 * DAY):
        answer = _judge([later], limit)
        assert isinstance(answer, Undetermined)
        assert answer.code == "crl-not-yet-valid"


@pytest.mark.parametrize(("days", "revoked"), [(-1, True), (0, True), (1, False)])
def test_a_later_list_revokes_from_the_date_it_gives(days: int, revoked: bool) -> None:
    """At the instant itself too; later than that it was good then."""
    answer = _judge([make_crl(_MADE.issuing, [Entry(_SERIAL, _THEN + days * DAY)])])
    assert isinstance(answer, Revoked if revoked else Good)


def test_an_older_list_does_not_beat_a_later_one() -> None:
    """Fresh at the instant and silent, while the later one says revoked before."""
    then = make_crl(_MADE.issuing, this_update=_THEN - DAY, next_update=_THEN + DAY)
    later = make_crl(_MADE.issuing, [Entry(_SERIAL, _THEN - DAY)], number=2)
    assert isinstance(_judge([then]), Good)
    assert isinstance(_judge([then, later]), Revoked)


def test_an_invalidity_date_counts_from_then_on() -> None:
    """The key is thought to have been in other hands before it was revoked (RFC 5280 clause 5.3.2)."""
    suspected = x509.InvalidityDate((_THEN - DAY).replace(tzinfo=None))
    entry = Entry(_SERIAL, _THEN + 5 * DAY, "keyCompromise", (suspected,))
    answer = _judge([make_crl(_MADE.issuing, [entry])])
    assert isinstance(answer, Revoked)
    assert answer.at == _THEN - DAY
    assert isinstance(_judge([make_crl(_MADE.issuing, [entry])], at=_THEN - 2 * DAY), Good)


def test_a_stale_list_from_before_says_nothing() -> None:
    """What was issued before the instant must be fresh at it, as ever."""
    before = make_crl(_MADE.issuing, this_update=_THEN - 3 * DAY, next_update=_THEN - DAY)
    answer = _judge([before])
    assert isinstance(answer, Undetermined)
    assert answer.code == "crl-stale"
