"""Timestamps that prove nothing: each for its reason, told as a warning, and judged without."""

import hashlib
from dataclasses import dataclass, field
from typing import Any

import pytest
from cryptography import x509

from agent.formats.package.augment import timestamped_octets_of
from agent.formats.package.package import open_package
from agent.formats.timestamp.issuing import TimestampQuery, UnsignedToken, build_tst_info
from agent.pki.algorithms import algorithm_for
from agent.roles import Role
from agent.verdicts import Indication, SubIndication
from tests.pki.support import Entry, ca_extensions, make_key, make_name, sign, usage
from tests.support.signer import LIMITS, NOW, SoftwareLab
from tests.support.tokens import POLICY, TIME_STAMPING, TSA_SERIAL, Authority, make_tsa
from tests.timestamp.samples import (
    DAY,
    HOUR,
    SIG1,
    STAMPED,
    add,
    codes,
    judge,
    lists,
    stamp,
    unsigned_of,
    verify,
)

_AT = NOW + 10 * DAY
_SIGNING = usage("digital_signature")
_EMAIL = x509.ObjectIdentifier("1.3.6.1.5.5.7.3.4")
_BOTH = x509.ExtendedKeyUsage([*TIME_STAMPING, _EMAIL])


@dataclass(frozen=True)
class Case:
    """One thing that is wrong."""

    code: str
    tsa: dict[str, Any] = field(default_factory=dict)
    """What `make_tsa` takes."""
    token: dict[str, Any] = field(default_factory=dict)
    """What `make_token` takes."""
    judge: dict[str, Any] = field(default_factory=dict)
    """What `judge` takes."""


_CASES = {
    "no-eku": Case("timestamp-purpose", {"extensions": ((_SIGNING, True),)}),
    "eku-not-critical": Case("timestamp-purpose", {"extensions": ((_SIGNING, True), (TIME_STAMPING, False))}),
    "eku-too-much": Case("timestamp-purpose", {"extensions": ((_SIGNING, True), (_BOTH, True))}),
    "eku-another": Case(
        "timestamp-purpose", {"extensions": ((_SIGNING, True), (x509.ExtendedKeyUsage([_EMAIL]), True))}
    ),
    "key-usage-too-much": Case(
        "timestamp-purpose",
        {"extensions": ((usage("digital_signature", "key_cert_sign"), True), (TIME_STAMPING, True))},
    ),
    "a-ca": Case("timestamp-purpose", {"extensions": (*ca_extensions(), (TIME_STAMPING, True))}),
    "expired-before": Case("timestamp-validity", {"end": STAMPED - HOUR}),
    "expired-since": Case("timestamp-validity", {"end": _AT - HOUR}),
    "not-valid-yet": Case("timestamp-validity", {"begin": STAMPED + HOUR}),
    "no-anchor": Case("timestamp-path", judge={"anchors": ()}),
    "no-chain": Case("timestamp-path", token={"certificates": "tsa"}),
    "no-crls": Case("timestamp-revocation", judge={"tsa_crls": ()}),
    "stale-crls": Case("timestamp-revocation", judge={"tsa_crls": "stale"}),
    "revoked": Case("timestamp-revoked", judge={"revoked": [Entry(TSA_SERIAL, _AT - DAY)]}),
    "key-compromised": Case(
        "timestamp-revoked", judge={"revoked": [Entry(TSA_SERIAL, _AT - DAY, "keyCompromise")]}
    ),
    "superseded-before": Case(
        "timestamp-revoked", judge={"revoked": [Entry(TSA_SERIAL, STAMPED - HOUR, "superseded")]}
    ),
    "policy": Case("timestamp-policy", judge={"policies": frozenset({"2.999.1"})}),
    "another-name": Case("timestamp-tsa", token={"tsa_name": make_name("TEST other TSA")}),
    "in-the-future": Case("timestamp-time", token={"at": _AT + HOUR}),
    "another-key": Case("timestamp-signature-wrong", token={"key": make_key("forger")}),
    "certificate-left-out": Case("timestamp-certificate-missing", token={"certificates": "issuing"}),
}


def _arguments(case: Case, tsa: Authority) -> tuple[dict[str, Any], dict[str, Any]]:
    token, of_judge = dict(case.token), dict(case.judge)
    if "certificates" in token:
        token["certificates"] = [getattr(tsa, token["certificates"])]
    if of_judge.get("tsa_crls") == "stale":
        of_judge["tsa_crls"] = tsa.crls(STAMPED)
    return token, of_judge


@pytest.mark.parametrize("name", _CASES)
def test_what_does_not_prove_is_a_warning(pki: SoftwareLab, signed: bytes, name: str) -> None:
    """The signature is judged as without it: it passes now, and does not once it is revoked."""
    case = _CASES[name]
    tsa = make_tsa(**case.tsa)
    token, of_judge = _arguments(case, tsa)
    workbook = stamp(signed, tsa=tsa, **token)
    verdict = verify(workbook, judge(pki, _AT, lists(pki, _AT - HOUR), tsa=tsa, **of_judge))
    assert verdict.verdict.indication is Indication.TOTAL_PASSED
    assert verdict.signatures[0].proven is None
    assert case.code in codes(verdict)
    signer = pki.signers[Role.MANUFACTURER].certificate
    pki.authority.revoke(signer.serial, at=_AT - DAY, reason="superseded")
    revoked = verify(workbook, judge(pki, _AT, lists(pki, _AT - HOUR), tsa=tsa, **of_judge))
    assert revoked.verdict.sub_indication is SubIndication.REVOKED_NO_POE


@pytest.mark.parametrize("reason", ["superseded", "cessationOfOperation", "affiliationChanged"])
def test_a_tsa_that_has_come_to_its_end_is_still_believed(
    pki: SoftwareLab, signed: bytes, reason: str
) -> None:
    """Its key is in no other hands (RFC 3161 clause 4, item 1)."""
    case = judge(pki, _AT, lists(pki, _AT - HOUR), revoked=[Entry(TSA_SERIAL, _AT - DAY, reason)])
    assert verify(stamp(signed), case).signatures[0].proven is not None


def test_one_of_the_configured_policies_will_do(pki: SoftwareLab, signed: bytes) -> None:
    """With none configured any will."""
    case = judge(pki, _AT, lists(pki, _AT - HOUR), policies=frozenset({"2.999.1", POLICY}))
    assert verify(stamp(signed), case).signatures[0].proven is not None


def test_a_timestamp_of_another_signature_proves_nothing(pki: SoftwareLab, form: bytes) -> None:
    """It is over other octets, also when they are a signature of the same signer over the same form."""
    first, second = stamp(pki.sign(form)), pki.sign(form, at=NOW + HOUR)
    moved = add(second, timestamp=unsigned_of(first).timestamp)
    verdict = verify(moved, judge(pki, _AT, lists(pki, _AT - HOUR)))
    assert "timestamp-imprint-wrong" in codes(verdict)
    assert verdict.signatures[0].proven is None


def test_what_is_no_timestamp_fails_the_signature(pki: SoftwareLab, signed: bytes) -> None:
    """Unsigned properties are no place for octets of any kind."""
    for octets in (b"\x30\x03\x02\x01\x01", b"0" * 100, b"\0"):
        verdict = verify(add(signed, timestamp=octets), judge(pki, _AT, lists(pki, _AT - HOUR)))
        assert verdict.verdict.sub_indication is SubIndication.FORMAT_FAILURE
        assert "timestamp-malformed" in codes(verdict)


@pytest.mark.parametrize("time", [b"00010101000000Z", b"19491231235959Z", b"99991231235959Z"])
def test_a_time_at_the_end_of_all_times_is_no_time(pki: SoftwareLab, signed: bytes, time: bytes) -> None:
    """Anybody can make such a token and put it beside a signature; genTime less accuracy is no instant."""
    octets = timestamped_octets_of(open_package(signed, LIMITS), SIG1)
    tsa, stamped = make_tsa(), NOW.strftime("%Y%m%d%H%M%SZ").encode()
    query = TimestampQuery("sha256", hashlib.sha256(octets).digest(), "", None, True, False)
    certificate = tsa.tsa.certificate
    info = build_tst_info(query, policy=POLICY, serial=1, gen_time=NOW, accuracy=86_400, tsa=certificate)
    token = UnsignedToken(info.replace(stamped, time), certificate, algorithm_for(certificate.spki_der))
    whole = token.build(sign(tsa.tsa.key, token.signed_octets), [certificate.der])
    verdict = verify(add(signed, timestamp=whole), judge(pki, _AT, lists(pki, _AT - HOUR)))
    assert verdict.verdict.sub_indication is SubIndication.FORMAT_FAILURE
    assert "timestamp-malformed" in codes(verdict)
