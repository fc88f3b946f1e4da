"""What a proven time is worth: revoked or expired since, known by which list, and what it does not help."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from agent.pki.crl import load_crl
from agent.policy.verdict import COUNTERSIGNED, SIGNED
from agent.roles import Role
from agent.verdicts import Indication, SubIndication
from tests.support.signer import NOW, SoftwareLab
from tests.support.tokens import make_tsa
from tests.timestamp.samples import DAY, HOUR, SIG1, SIG2, STAMPED, add, codes, judge, lists, stamp, verify

LATER = NOW + 3 * DAY
EXPIRED = NOW + 500 * DAY
"""After the signers' certificates have ended."""


def _revoke(pki: SoftwareLab, at: datetime, role: Role = Role.MANUFACTURER) -> None:
    pki.authority.revoke(pki.signers[role].certificate.serial, at=at, reason="keyCompromise")


def test_revoked_after_the_proven_time_passes_and_is_told(pki: SoftwareLab, signed: bytes) -> None:
    """The signature was there before; without the timestamp nobody could tell."""
    _revoke(pki, NOW + 2 * DAY)
    known = lists(pki, LATER - HOUR)
    verdict = verify(stamp(signed, accuracy=90), judge(pki, LATER, known))
    (signature,) = verdict.signatures
    assert verdict.verdict.indication is Indication.TOTAL_PASSED
    assert "certificate-revoked-since" in codes(verdict)
    assert signature.proven is not None
    assert (signature.proven.at, signature.proven.part) == (STAMPED + HOUR / 40, SIG1)
    assert signature.proven.authority.subject == make_tsa().tsa.certificate.subject
    assert signature.facts is not None
    assert signature.facts.at == signature.proven.at
    unproven = verify(signed, judge(pki, LATER, known))
    assert unproven.verdict.sub_indication is SubIndication.REVOKED_NO_POE
    assert unproven.signatures[0].proven is None


def test_revoked_before_the_proven_time_stays_revoked(pki: SoftwareLab, signed: bytes) -> None:
    """Also when the accuracy of the timestamp leaves it open."""
    _revoke(pki, STAMPED + HOUR / 60)
    known = lists(pki, LATER - HOUR)
    for workbook in (stamp(signed, at=STAMPED + HOUR), stamp(signed, accuracy=60)):
        verdict = verify(workbook, judge(pki, LATER, known))
        assert verdict.verdict.sub_indication is SubIndication.REVOKED_NO_POE
    assert verify(stamp(signed), judge(pki, LATER, known)).verdict.indication is Indication.TOTAL_PASSED


def test_an_embedded_list_never_beats_a_newer_one(pki: SoftwareLab, signed: bytes) -> None:
    """The list that came along was good at the proven time; the one at hand says revoked before."""
    workbook = stamp(add(signed, crls=lists(pki, NOW)))
    assert verify(workbook, judge(pki, LATER, ())).verdict.indication is Indication.TOTAL_PASSED
    _revoke(pki, NOW + HOUR / 2)
    verdict = verify(workbook, judge(pki, LATER, lists(pki, NOW + 2 * DAY)))
    assert verdict.verdict.sub_indication is SubIndication.REVOKED_NO_POE


def test_an_embedded_list_counts_now_when_it_is_fresh_and_signed(pki: SoftwareLab, signed: bytes) -> None:
    """Nothing else is at hand; stale, or by a stranger, it says nothing."""
    embedded = lists(pki, NOW)
    workbook = add(signed, crls=embedded)
    assert verify(workbook, judge(pki, NOW + HOUR, ())).verdict.indication is Indication.TOTAL_PASSED
    stale = verify(workbook, judge(pki, NOW + 2 * DAY, ()))
    assert stale.verdict.sub_indication is SubIndication.TRY_LATER
    bent = bytearray(embedded[1].der)
    bent[-1] ^= 1
    forged = add(signed, crls=(embedded[0], load_crl(bytes(bent), where="forged")))
    assert verify(forged, judge(pki, NOW + HOUR, ())).verdict.sub_indication is SubIndication.TRY_LATER


def test_expired_since_passes_by_a_list_of_the_certificates_life(pki: SoftwareLab, signed: bytes) -> None:
    """A list of the time will do, and any from then to the certificate's end, however stale by now."""
    for this_update in (NOW, NOW + 399 * DAY):
        verdict = verify(stamp(signed), judge(pki, EXPIRED, lists(pki, this_update)))
        assert verdict.verdict.indication is Indication.TOTAL_PASSED
        assert "certificate-expired-since" in codes(verdict)


def test_a_list_from_after_the_end_is_silent_about_the_expired(pki: SoftwareLab, signed: bytes) -> None:
    """The entry may have been dropped (RFC 5280 clause 3.3); without a timestamp it is expired anyway."""
    known = lists(pki, EXPIRED - HOUR)
    late = verify(stamp(signed), judge(pki, EXPIRED, known))
    assert late.verdict.sub_indication is SubIndication.TRY_LATER
    unproven = verify(signed, judge(pki, EXPIRED, known))
    assert unproven.verdict.sub_indication is SubIndication.OUT_OF_BOUNDS_NO_POE
    _revoke(pki, NOW + HOUR / 2)
    named = verify(stamp(signed), judge(pki, EXPIRED, lists(pki, EXPIRED - HOUR)))
    assert named.verdict.sub_indication is SubIndication.REVOKED_NO_POE


def test_a_ca_revoked_since_vouches_until_then_alone(pki: SoftwareLab, signed: bytes) -> None:
    """What its key signed afterwards may be anybody's."""
    before, after = lists(pki, NOW + DAY), lists(pki, LATER - HOUR)
    pki.authority.revoke(pki.authority.issuing_certificate.serial, at=NOW + 2 * DAY, reason="cACompromise")
    root_list = lists(pki, LATER - HOUR)[0]
    workbook = stamp(signed)
    verdict = verify(workbook, judge(pki, LATER, (*before, root_list)))
    assert verdict.verdict.indication is Indication.TOTAL_PASSED
    assert "certificate-revoked-since" in codes(verdict)
    silent = verify(workbook, judge(pki, LATER, (after[1], root_list)))
    assert silent.verdict.sub_indication is SubIndication.TRY_LATER


def test_a_certificate_that_was_not_valid_yet_has_no_old_signatures(pki: SoftwareLab, signed: bytes) -> None:
    """An old timestamp of a value does not make its certificate older."""
    verdict = verify(stamp(signed, at=NOW - 5 * DAY), judge(pki, LATER, lists(pki, LATER - HOUR)))
    assert verdict.verdict.sub_indication is SubIndication.NOT_YET_VALID


def test_judged_as_of_before_the_timestamp_it_proves_nothing(pki: SoftwareLab, signed: bytes) -> None:
    """`--at` is the instant of all knowledge: what is from later is not there yet."""
    case = judge(pki, NOW + HOUR / 2, lists(pki, NOW))
    verdict = verify(stamp(signed), case)
    assert verdict.verdict.indication is Indication.TOTAL_PASSED
    assert verdict.signatures[0].proven is None
    assert "timestamp-time" in codes(verdict)


def test_a_countersignatures_timestamp_is_the_first_signatures_too(
    pki: SoftwareLab, countersigned: bytes
) -> None:
    """It covers the first signature's part; if it does not pass, it lends nothing."""
    workbook = stamp(countersigned, SIG2)
    _revoke(pki, NOW + 2 * DAY)
    known = lists(pki, LATER - HOUR)
    verdict = verify(workbook, judge(pki, LATER, known), COUNTERSIGNED)
    assert verdict.verdict.indication is Indication.TOTAL_PASSED
    assert [item.proven.part for item in verdict.signatures if item.proven] == [SIG2, SIG2]
    assert verify(countersigned, judge(pki, LATER, known), SIGNED).verdict.sub_indication
    _revoke(pki, NOW + HOUR / 2, Role.SUPPLIER)
    refused = verify(workbook, judge(pki, LATER, lists(pki, LATER - HOUR)), COUNTERSIGNED)
    assert refused.signatures[0].proven is None
    assert refused.signatures[0].verdict.sub_indication is SubIndication.REVOKED_NO_POE


@pytest.mark.parametrize("first", [True, False])
def test_the_earlier_of_two_proven_times_counts(pki: SoftwareLab, signed: bytes, first: bool) -> None:
    """A first signature's own timestamp, or that of what takes it in."""
    own = stamp(signed, at=STAMPED if first else STAMPED + 5 * HOUR)
    workbook = stamp(pki.sign(own, Role.SUPPLIER), SIG2, at=STAMPED + 2 * HOUR)
    verdict = verify(workbook, judge(pki, LATER, lists(pki, LATER - HOUR)), COUNTERSIGNED)
    assert verdict.signatures[0].proven is not None
    assert verdict.signatures[0].proven.part == (SIG1 if first else SIG2)


def test_a_list_without_an_end_vouches(pki: SoftwareLab, signed: bytes) -> None:
    """A nextUpdate in the last second of the year 9999, to which no tolerance can be added."""
    end = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
    case = judge(pki, NOW + HOUR, ())
    case = replace(case, settings=replace(case.settings, crl_grace=DAY))
    endless = add(signed, crls=lists(pki, NOW, life=end - NOW))
    assert verify(endless, case).verdict.indication is Indication.TOTAL_PASSED
