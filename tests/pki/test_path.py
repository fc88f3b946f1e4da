"""Certification paths: the end entity and the way to an anchor."""

from datetime import datetime
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from agent.pki.certificate import load_certificate
from tests.pki.paths import (
    INVALID,
    NOT_FOUND,
    UNKNOWN,
    find,
    make_below,
    refused,
)
from tests.pki.support import (
    BEGIN,
    DAY,
    END,
    SECOND,
    SIGNER_EXTENSIONS,
    Party,
    asn1_certificate,
    bend_certificate,
    ca_extensions,
    make_hierarchy,
    make_key,
    make_party,
    null_parameters,
)


@pytest.mark.parametrize("kind", ["ec-p256", "ec-p384", "ec-p521", "rsa-2048", "rsa-3072"])
def test_a_path_leads_from_signer_to_anchor(kind: str) -> None:
    """Every kind of key on the path; no SAN, EKU, AKI or SKI is asked for."""
    made = make_hierarchy(kind)
    path = find(made.signer, [made.issuing], [made.root])
    expected = (made.signer.certificate, made.issuing.certificate, made.root.certificate)
    assert path.certificates == expected
    assert (path.end_entity, path.anchor) == (expected[0], expected[2])
    assert path.issued == ((expected[0], expected[1]), (expected[1], expected[2]))


@pytest.mark.parametrize("at", [BEGIN - DAY, BEGIN - SECOND, BEGIN, END, END + SECOND, END + 900 * DAY])
def test_the_signers_own_validity_is_judged_elsewhere(at: datetime) -> None:
    """An expired or not yet valid signer still has its path, judged inside its own validity."""
    root = make_party("TEST long root", None, ca_extensions(), begin=BEGIN - DAY, end=END + DAY)
    signer = make_party("TEST signer", root, SIGNER_EXTENSIONS)
    assert find(signer, [], [root], at).at == max(BEGIN, min(END, at))


@pytest.mark.parametrize(
    ("at", "valid"),
    [
        (BEGIN + DAY - SECOND, False),
        (BEGIN + DAY, True),
        (END - DAY, True),
        (END - DAY + SECOND, False),
    ],
)
@pytest.mark.parametrize("which", ["issuing", "anchor"])
def test_a_ca_must_be_valid_at_the_instant(at: datetime, valid: bool, which: str) -> None:
    """One second either side of the CA's notBefore and notAfter (inclusive, RFC 5280 clause 4.1.2.5)."""
    inner: dict[str, Any] = {"begin": BEGIN + DAY, "end": END - DAY}
    root = make_party("TEST short root", None, ca_extensions(), **(inner if which == "anchor" else {}))
    issuing = make_party("TEST short CA", root, ca_extensions(), **(inner if which == "issuing" else {}))
    signer = make_party("TEST signer", issuing, SIGNER_EXTENSIONS)
    if valid:
        assert find(signer, [issuing], [root], at).anchor == root.certificate
    else:
        assert refused(signer, [issuing], [root], at) == INVALID


def test_without_the_issuing_ca_there_is_no_path() -> None:
    """The anchor alone does not reach a signer two steps down."""
    made = make_hierarchy()
    assert refused(made.signer, [], [made.root]) == NOT_FOUND


def test_an_anchor_of_the_same_name_and_another_key_gives_no_path() -> None:
    """Names alone prove nothing: the signature decides."""
    made = make_hierarchy()
    impostor = make_party("TEST root", None, ca_extensions(), key=make_key("impostor"))
    assert refused(made.signer, [made.issuing], [impostor]) == NOT_FOUND
    assert find(made.signer, [made.issuing], [impostor, made.root]).anchor == made.root.certificate


def test_a_signer_is_not_its_own_anchor() -> None:
    """A path has an issuer: an end entity configured as anchor would escape every revocation check."""
    lone = make_party("TEST lone", None, ca_extensions())
    made = make_hierarchy()
    assert refused(lone, [], [lone]) == NOT_FOUND
    assert refused(made.signer, [made.issuing], [made.signer]) == NOT_FOUND


def test_an_issuing_ca_may_be_the_anchor() -> None:
    """A trust anchor need not be self-signed."""
    made = make_hierarchy()
    assert find(made.signer, [], [made.issuing]).certificates == (
        made.signer.certificate,
        made.issuing.certificate,
    )


def test_an_altered_certificate_has_no_path() -> None:
    """A certificate whose octets changed after signing reaches nobody."""
    made = make_hierarchy()
    der = made.signer.certificate.der.replace(b"TEST signer", b"TEST sinner")
    forged = Party(load_certificate(der, where="test"), made.signer.key)
    assert refused(forged, [made.issuing], [made.root]) == NOT_FOUND


@pytest.mark.parametrize("where", ["signer", "issuing"])
def test_null_parameters_of_ecdsa_do_not_break_the_path(where: str) -> None:
    """The measured oddity is judged like its proper sister, as a signer's and as a CA's certificate."""
    made = make_hierarchy()
    old, key = (made.signer, made.issuing.key) if where == "signer" else (made.issuing, made.root.key)
    odd = Party(
        load_certificate(bend_certificate(old.certificate.der, key, null_parameters), where="test"), old.key
    )
    signer, issuing = (odd, made.issuing) if where == "signer" else (made.signer, odd)
    assert find(signer, [issuing], [made.root]).certificates[0] == signer.certificate


def test_an_algorithm_named_twice_and_differently_is_refused() -> None:
    """RFC 5280 clause 4.1.1.2: the identifier outside must be the one that was signed."""
    made = make_hierarchy()

    def bend(structure: Any) -> None:
        structure["tbs_certificate"]["signature"]["algorithm"] = "sha384_ecdsa"

    der = bend_certificate(made.signer.certificate.der, made.issuing.key, bend)
    odd = Party(load_certificate(der, where="test"), made.signer.key)
    assert refused(odd, [made.issuing], [made.root]) == NOT_FOUND


def test_a_ca_may_sign_with_pss() -> None:
    """RSASSA-PSS is a signature of an RSA key like any other (RFC 4055)."""
    made = make_hierarchy("rsa-2048")
    scheme = padding.PSS(padding.MGF1(hashes.SHA256()), 32)
    signer = make_party("TEST pss", made.issuing, SIGNER_EXTENSIONS, rsa_padding=scheme)
    assert find(signer, [made.issuing], [made.root]).end_entity == signer.certificate


def test_a_ca_may_sign_with_pss_as_the_second_judge_does_not_know_it() -> None:
    """Another length of salt is as good by RFC 4055; the path says that nobody else confirmed it."""
    made = make_hierarchy("rsa-2048")
    scheme = padding.PSS(padding.MGF1(hashes.SHA256()), 20)
    signer = make_party("TEST pss", made.issuing, SIGNER_EXTENSIONS, rsa_padding=scheme)
    assert find(signer, [made.issuing], [made.root]).unconfirmed


def test_a_ca_may_sign_with_parameters_absent() -> None:
    """RFC 4055 clause 5: where NULL stands in an RSA algorithm, nothing may stand."""
    made = make_hierarchy("rsa-2048")
    assert isinstance(made.issuing.key, rsa.RSAPrivateKey)
    structure = asn1_certificate.load(made.signer.certificate.der)
    tbs = structure["tbs_certificate"]
    for algorithm in (structure["signature_algorithm"], tbs["signature"]):
        algorithm["parameters"] = None
        del algorithm["parameters"]
    value = made.issuing.key.sign(tbs.dump(force=True), padding.PKCS1v15(), hashes.SHA256())
    structure["signature_value"] = value
    odd = Party(load_certificate(structure.dump(force=True), where="test"), made.signer.key)
    assert find(odd, [made.issuing], [made.root]).unconfirmed


def test_a_signature_with_sha1_is_too_weak() -> None:
    """A chain by SHA-1 is found, and refused."""
    made = make_hierarchy("rsa-2048")
    assert isinstance(made.issuing.key, rsa.RSAPrivateKey)
    structure = asn1_certificate.load(made.signer.certificate.der)
    tbs = structure["tbs_certificate"]
    structure["signature_algorithm"]["algorithm"] = "sha1_rsa"
    tbs["signature"]["algorithm"] = "sha1_rsa"
    value = made.issuing.key.sign(tbs.dump(force=True), padding.PKCS1v15(), hashes.SHA1())  # noqa: S303
    structure["signature_value"] = value
    weak = Party(load_certificate(structure.dump(force=True), where="test"), made.signer.key)
    assert refused(weak, [made.issuing], [made.root]) == INVALID


@pytest.mark.parametrize("critical", [True, False])
def test_policies_and_unknown_extensions_of_a_signer(critical: bool) -> None:
    """Policies pass in either criticality; an unknown extension passes unless it is critical."""
    policies = x509.CertificatePolicies([x509.PolicyInformation(x509.ObjectIdentifier("2.999.1"), None)])
    signer, intermediates, anchors = make_below(ca_extensions(), [*SIGNER_EXTENSIONS, (policies, critical)])
    assert find(signer, intermediates, anchors).end_entity.policies == frozenset({"2.999.1"})
    signer, intermediates, anchors = make_below(ca_extensions(), [*SIGNER_EXTENSIONS, (UNKNOWN, critical)])
    if critical:
        assert refused(signer, intermediates, anchors) == INVALID
    else:
        assert find(signer, intermediates, anchors).end_entity == signer.certificate


@pytest.mark.parametrize(
    ("purpose", "critical", "purposes", "valid"),
    [
        ("1.3.6.1.5.5.7.3.1", False, frozenset(), True),
        ("1.3.6.1.5.5.7.3.1", True, frozenset(), False),
        ("2.5.29.37.0", True, frozenset(), True),
        ("1.3.6.1.5.5.7.3.36", True, frozenset({"1.3.6.1.5.5.7.3.36"}), True),
        ("1.3.6.1.5.5.7.3.1", False, frozenset({"1.3.6.1.5.5.7.3.36"}), False),
    ],
)
def test_extended_key_usage(purpose: str, critical: bool, purposes: frozenset[str], valid: bool) -> None:
    """Without configured purposes only a critical usage refuses; with them, any usage must serve one."""
    purpose_extension = x509.ExtendedKeyUsage([x509.ObjectIdentifier(purpose)])
    made = make_below(ca_extensions(), [*SIGNER_EXTENSIONS, (purpose_extension, critical)])
    if valid:
        assert find(*made, purposes=purposes).end_entity == made[0].certificate
    else:
        assert refused(*made, purposes=purposes) == INVALID
