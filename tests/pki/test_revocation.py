"""The three answers about revocation: which list may give them, and when."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from agent.pki.crl import load_crl
from agent.pki.revocation import (
    Good,
    Revoked,
    Undetermined,
    judge_revocation,
)
from tests.pki.support import (
    DAY,
    NOW,
    SECOND,
    SIGNER_EXTENSIONS,
    Entry,
    bend_crl,
    code_of,
    evidence_of,
    judge_signer,
    make_crl,
    make_hierarchy,
    make_key,
    make_party,
    null_parameters,
    usage,
)

_MADE = make_hierarchy()
_SIGNER, _ISSUING = _MADE.signer.certificate, _MADE.issuing
_SERIAL = _SIGNER.serial
_UNKNOWN = x509.UnrecognizedExtension(x509.ObjectIdentifier("2.999.8"), b"\x05\x00")


def test_a_fresh_complete_list_vouches() -> None:
    """The certificate is not on it: GOOD, with the list as evidence."""
    crl = make_crl(_ISSUING, [Entry(_SERIAL + 1)], number=12)
    assert judge_signer(crl) == Good(evidence_of(crl))


@pytest.mark.parametrize("kind", ["ec-p384", "ec-p521", "rsa-2048"])
def test_lists_of_every_kind_of_key_are_verified(kind: str) -> None:
    """The CA's key may be of any kind that its certificates have."""
    made = make_hierarchy(kind)
    crl = make_crl(made.issuing)
    answer = judge_revocation(
        made.signer.certificate,
        issuer=made.issuing.certificate,
        crls=[crl],
        at=NOW,
        tolerance=timedelta(0),
        maximum_age=DAY,
    )
    assert isinstance(answer, Good)


@pytest.mark.parametrize(
    "reason", ["", "keyCompromise", "certificateHold", "superseded", "privilegeWithdrawn"]
)
def test_a_listed_certificate_is_revoked(reason: str) -> None:
    """Date, reason and list are told; a hold is a revocation while it stands."""
    crl = make_crl(_ISSUING, [Entry(_SERIAL, NOW - 2 * DAY, reason)])
    assert judge_signer(crl) == Revoked(NOW - 2 * DAY, reason or "unspecified", evidence_of(crl))


def test_without_a_list_nothing_is_determined() -> None:
    """No list, and a list of another issuer, are the same: absent."""
    assert code_of(judge_signer()) == "crl-absent"
    assert code_of(judge_signer(make_crl(_MADE.root))) == "crl-absent"


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (NOW - DAY - SECOND, "crl-not-yet-valid"),
        (NOW - DAY, ""),
        (NOW + DAY, ""),
        (NOW + DAY + SECOND, "crl-stale"),
    ],
)
def test_a_list_vouches_within_its_dates(at: datetime, expected: str) -> None:
    """One second either side of thisUpdate and nextUpdate, both inclusive."""
    answer = judge_signer(make_crl(_ISSUING), at=at)
    assert (isinstance(answer, Good), code_of(answer) if expected else "") == (not expected, expected)


@pytest.mark.parametrize(("more", "good"), [(timedelta(0), True), (SECOND, False)])
def test_the_tolerance_is_added_to_next_update(more: timedelta, good: bool) -> None:
    """And to nothing else: thisUpdate has none."""
    crl = make_crl(_ISSUING)
    tolerance = timedelta(hours=3)
    assert isinstance(judge_signer(crl, at=NOW + DAY + tolerance + more, tolerance=tolerance), Good) is good
    assert code_of(judge_signer(crl, at=NOW - DAY - SECOND, tolerance=tolerance)) == "crl-not-yet-valid"


@pytest.mark.parametrize(("more", "good"), [(timedelta(0), True), (SECOND, False)])
def test_a_list_without_next_update_ends_at_the_maximum_age(more: timedelta, good: bool) -> None:
    """Never "for ever", and the tolerance does not stretch it."""

    def bend(structure: Any) -> None:
        structure["tbs_cert_list"]["next_update"] = None

    crl = load_crl(bend_crl(make_crl(_ISSUING).der, _ISSUING.key, bend), where="test")
    answer = judge_signer(crl, at=crl.this_update + 3 * DAY + more, maximum_age=3 * DAY, tolerance=9 * DAY)
    assert isinstance(answer, Good) is good


def test_a_list_in_force_revokes_ahead_of_the_revocation_date() -> None:
    """A date in its future does not postpone what a list in force says (RFC 5280 6.3.3 i)."""
    crl = make_crl(_ISSUING, [Entry(_SERIAL, NOW, "superseded")])
    assert crl.this_update < NOW - SECOND
    assert isinstance(judge_signer(crl, at=NOW - SECOND), Revoked)


@pytest.mark.parametrize(("before", "revoked"), [(2 * SECOND, False), (SECOND, True)])
def test_a_later_list_revokes_from_the_revocation_date(before: timedelta, revoked: bool) -> None:
    """Of an instant before the list was issued it says what was revoked then, and vouches for nothing."""
    issued = make_crl(_ISSUING).this_update
    crl = make_crl(_ISSUING, [Entry(_SERIAL, issued - SECOND, "superseded")])
    assert isinstance(judge_signer(crl, at=issued - before), Revoked if revoked else Undetermined)


def test_a_stale_list_keeps_revoking_and_vouches_for_nothing() -> None:
    """A year later the entry still stands, for that certificate and no other."""
    crl = make_crl(_ISSUING, [Entry(_SERIAL)])
    assert isinstance(judge_signer(crl, at=NOW + 365 * DAY), Revoked)
    assert code_of(judge_signer(make_crl(_ISSUING), at=NOW + 365 * DAY)) == "crl-stale"


def test_a_list_issued_later_tells_of_an_earlier_revocation() -> None:
    """Judging a past instant: what the issuer says of that instant later counts, when it revokes."""
    crl = make_crl(_ISSUING, [Entry(_SERIAL, NOW - 10 * DAY)])
    assert isinstance(judge_signer(crl, at=NOW - 5 * DAY), Revoked)
    assert code_of(judge_signer(crl, at=NOW - 15 * DAY)) == "crl-not-yet-valid"


def test_a_list_by_another_key_is_nobodys_word() -> None:
    """It neither vouches nor revokes, and does not hide the genuine one."""
    forged = make_crl(_ISSUING, key=make_key("forger"))
    forged_entry = make_crl(_ISSUING, [Entry(_SERIAL)], key=make_key("forger"), number=99, this_update=NOW)
    genuine = make_crl(_ISSUING)
    assert code_of(judge_signer(forged)) == "crl-signature-wrong"
    assert judge_signer(forged_entry, genuine) == Good(evidence_of(genuine))


def test_an_altered_list_is_not_used() -> None:
    """One octet of an entry's serial number changed after signing."""
    crl = make_crl(_ISSUING, [Entry(0x1F2F3F)])
    altered = load_crl(crl.der.replace(b"\x1f\x2f\x3f", b"\x1f\x2f\x3e"), where="test")
    assert code_of(judge_signer(altered)) == "crl-signature-wrong"


def test_null_parameters_of_ecdsa_do_not_break_the_list() -> None:
    """The measured oddity on a CRL is judged like its proper sister."""
    crl = load_crl(bend_crl(make_crl(_ISSUING).der, _ISSUING.key, null_parameters), where="test")
    assert judge_signer(crl) == Good(evidence_of(crl))


@pytest.mark.parametrize(
    ("bits", "good"), [(("key_cert_sign", "crl_sign"), True), (("key_cert_sign",), False)]
)
def test_the_issuer_must_be_allowed_to_sign_lists(bits: tuple[str, ...], good: bool) -> None:
    """A keyUsage without cRLSign makes its lists unsuitable (RFC 5280 clause 6.3.3 (f))."""
    constraints = x509.BasicConstraints(ca=True, path_length=None)
    authority = make_party("TEST lists", _MADE.root, [(constraints, True), (usage(*bits), True)])
    signer = make_party("TEST signer", authority, SIGNER_EXTENSIONS)
    answer = judge_revocation(
        signer.certificate,
        issuer=authority.certificate,
        crls=[make_crl(authority, [] if good else [Entry(signer.certificate.serial)])],
        at=NOW,
        tolerance=timedelta(0),
        maximum_age=DAY,
    )
    assert isinstance(answer, Good) if good else code_of(answer) == "crl-signer-unsuitable"


def test_a_list_signed_with_sha1_is_not_used() -> None:
    """Its hash is not allowed, whoever signed it."""
    made = make_hierarchy("rsa-2048")

    def bend(structure: Any) -> None:
        structure["signature_algorithm"]["algorithm"] = "sha1_rsa"
        structure["tbs_cert_list"]["signature"]["algorithm"] = "sha1_rsa"

    weak = bend_crl(make_crl(made.issuing).der, made.issuing.key, bend, hashes.SHA1())  # noqa: S303
    crl = load_crl(weak, where="test")
    answer = judge_revocation(
        made.signer.certificate,
        issuer=made.issuing.certificate,
        crls=[crl],
        at=NOW,
        tolerance=timedelta(0),
        maximum_age=DAY,
    )
    assert code_of(answer) == "crl-signature-wrong"
