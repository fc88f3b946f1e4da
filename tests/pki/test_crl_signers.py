"""Who may sign a CRL besides the issuer: keys for CRLs alone, and other authorities (indirect CRLs)."""

from datetime import timedelta

import pytest
from cryptography import x509

from agent.pki.crl import CertificateList
from agent.pki.revocation import (
    CRLSigners,
    Good,
    RevocationAnswer,
    Revoked,
    Undetermined,
    judge_revocation,
)
from tests.pki.support import (
    DAY,
    END,
    NOW,
    SECOND,
    SIGNER_EXTENSIONS,
    Entry,
    Party,
    ca_extensions,
    issuing_point,
    make_crl,
    make_hierarchy,
    make_key,
    make_name,
    make_party,
    usage,
)

_MADE = make_hierarchy()
_CRL_USAGE = ((usage("crl_sign"), True),)
# A key for CRLs alone, under the CA's own name and certified by the root.
_CRL_KEY = make_party("TEST issuing", _MADE.root, _CRL_USAGE, key=make_key("crl key"), serial=0x2002)
_OTHER = make_party("TEST CRL office", _MADE.root, _CRL_USAGE, key=make_key("office"), serial=0x3003)
_HERE = x509.UniformResourceIdentifier("http://crl.example/here")


def _judge(party: Party, *crls: CertificateList, signers: tuple[Party, ...] = ()) -> RevocationAnswer:
    """Judge a certificate of the issuing CA with the root's own list beside the others."""
    certificates = tuple(item.certificate for item in (*signers, _MADE.issuing, _MADE.root))
    return judge_revocation(
        party.certificate,
        issuer=_MADE.issuing.certificate,
        crls=crls,
        at=NOW,
        tolerance=timedelta(0),
        maximum_age=DAY,
        signers=CRLSigners(certificates, _MADE.root.certificate),
    )


def _code(answer: RevocationAnswer) -> str:
    assert isinstance(answer, Undetermined), answer
    return answer.code


def test_a_separate_key_for_crls_is_proven_by_its_own_path() -> None:
    """Good and revoked alike, once the signer is shown to be unrevoked."""
    root_list = make_crl(_MADE.root)
    clean = make_crl(_CRL_KEY)
    naming = make_crl(_CRL_KEY, [Entry(_MADE.signer.certificate.serial)])
    assert isinstance(_judge(_MADE.signer, clean, root_list, signers=(_CRL_KEY,)), Good)
    assert isinstance(_judge(_MADE.signer, naming, root_list, signers=(_CRL_KEY,)), Revoked)


def test_an_unproven_signer_is_nobody() -> None:
    """Unknown, without a list about it, or revoked."""
    clean = make_crl(_CRL_KEY)
    revoking = make_crl(_MADE.root, [Entry(_CRL_KEY.certificate.serial)])
    assert _code(_judge(_MADE.signer, clean, make_crl(_MADE.root))) == "crl-signature-wrong"
    assert _code(_judge(_MADE.signer, clean, signers=(_CRL_KEY,))) == "crl-signer-unproven"
    assert _code(_judge(_MADE.signer, clean, revoking, signers=(_CRL_KEY,))) == "crl-signer-unproven"


def test_a_signer_does_not_vouch_for_himself() -> None:
    """A key for CRLs certified by the CA itself cannot stand on the list that it signs."""
    own = make_party("TEST issuing", _MADE.issuing, _CRL_USAGE, key=make_key("own crl key"))
    assert _code(_judge(_MADE.signer, make_crl(own), signers=(own,))) == "crl-signer-unproven"
    by_ca = make_crl(_MADE.issuing, number=1)
    root_list = make_crl(_MADE.root)
    assert isinstance(_judge(_MADE.signer, make_crl(own, number=2), by_ca, root_list, signers=(own,)), Good)


def test_a_signer_needs_the_usage_and_an_own_anchor() -> None:
    """No cRLSign in keyUsage, another root of the same name, an expired signer."""
    root_list = make_crl(_MADE.root)
    unfit = make_party("TEST issuing", _MADE.root, SIGNER_EXTENSIONS, key=make_key("unfit"))
    stranger_root = make_party("TEST root", None, ca_extensions(), key=make_key("stranger root"))
    stranger = make_party("TEST issuing", stranger_root, ca_extensions(), key=make_key("stranger"))
    expired = make_party("TEST issuing", _MADE.root, _CRL_USAGE, key=make_key("expired"), end=NOW - SECOND)
    for party, code in (
        (unfit, "crl-signer-unsuitable"),
        (stranger, "crl-signer-unproven"),
        (expired, "crl-signer-unproven"),
    ):
        assert _code(_judge(_MADE.signer, make_crl(party), root_list, signers=(party,))) == code


def _delegated(**fields: object) -> Party:
    """Make a certificate whose point is served by the CRL office."""
    office = x509.DirectoryName(make_name("TEST CRL office"))
    point = x509.DistributionPoint(
        full_name=[_HERE] if fields.get("named", True) else None,
        relative_name=None,
        reasons=None,
        crl_issuer=[office],
    )
    extensions = (*SIGNER_EXTENSIONS, (x509.CRLDistributionPoints([point]), False))
    return make_party("TEST delegated", _MADE.issuing, extensions, serial=0x4004, end=END)


def _issued_by(name: str) -> x509.CertificateIssuer:
    return x509.CertificateIssuer([x509.DirectoryName(make_name(name))])


def _office_list(*entries: Entry, indirect: bool = True, number: int = 1) -> CertificateList:
    point = issuing_point(full_name=[_HERE], indirect_crl=indirect)
    return make_crl(_OTHER, entries, extensions=[(point, True)], number=number)


@pytest.mark.parametrize("named", [True, False])
def test_an_indirect_list_vouches_for_what_is_delegated_to_it(named: bool) -> None:
    """The certificate names the CRL issuer, the list says that it is indirect."""
    own_name = x509.DirectoryName(make_name("TEST CRL office"))
    point = issuing_point(full_name=[_HERE if named else own_name], indirect_crl=True)
    crl = make_crl(_OTHER, extensions=[(point, True)])
    assert isinstance(_judge(_delegated(named=named), crl, make_crl(_MADE.root), signers=(_OTHER,)), Good)


def test_an_indirect_list_speaks_by_certificate_issuer() -> None:
    """An entry is of the issuer named before it, and of the CRL's own issuer before any is named."""
    serial = _delegated().certificate.serial
    ours, theirs = _issued_by("TEST issuing"), _issued_by("TEST stranger")
    cases: tuple[tuple[tuple[Entry, ...], type], ...] = (
        ((Entry(serial),), Good),
        ((Entry(serial, extensions=(theirs,)),), Good),
        ((Entry(serial, extensions=(ours,)),), Revoked),
        ((Entry(7, extensions=(ours,)), Entry(serial)), Revoked),
        ((Entry(7, extensions=(ours,)), Entry(8, extensions=(theirs,)), Entry(serial)), Good),
    )
    for entries, expected in cases:
        answer = _judge(_delegated(), _office_list(*entries), make_crl(_MADE.root), signers=(_OTHER,))
        assert isinstance(answer, expected), entries


def test_a_list_of_another_issuer_must_be_indirect_and_named() -> None:
    """Not said to be indirect, or not named by the certificate: it does not count."""
    root_list = make_crl(_MADE.root)
    direct = _office_list(indirect=False)
    assert _code(_judge(_delegated(), direct, root_list, signers=(_OTHER,))) == "crl-scope"
    assert _code(_judge(_MADE.signer, _office_list(), root_list, signers=(_OTHER,))) == "crl-absent"


def test_a_certificate_issuer_has_no_place_in_a_direct_list() -> None:
    """Critical, and not understood there."""
    crl = make_crl(_MADE.issuing, [Entry(5, extensions=(_issued_by("TEST stranger"),))])
    assert _code(_judge(_MADE.signer, crl)) == "crl-extension-unknown"
