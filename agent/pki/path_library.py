"""The path verifier of the cryptography library, which must agree with every path it can judge.

Two programs judge a path: `path_checks` and `path_policies` all of RFC 5280 clause 6.1, and the library's
verifier, under extension policies of ours, what it processes of that: signatures and their algorithms, names,
validity, basicConstraints, path length, keyCertSign. Either can refuse. They share the parser of certificates
and the arithmetic of signatures, both the library's, and nothing else.

Of some paths, valid by RFC 5280, its word does not count: it refuses them for what it leaves out
(docs/adr/0004 and docs/conformance.md measure that). They are told by their certificates, each kind is named
here and has its test, and the path then says that the library did not confirm it, and why.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise
from typing import Final

from cryptography import x509
from cryptography.x509 import verification

from agent.pki.certificate import EXPLICIT_VERSION, FOREIGN_ERRORS, SigningCertificate
from agent.pki.der import SEQUENCE, parse_element
from agent.pki.path_library_algorithms import knows_key, knows_signature

_AGNOSTIC: Final = verification.Criticality.AGNOSTIC
_NAME_CONSTRAINTS: Final = "2.5.29.30"
_POLICY_MAPPINGS: Final = "2.5.29.33"
_GENERALIZED_TIME: Final = 0x18
_FIRST_GENERALIZED: Final = datetime(2050, 1, 1, tzinfo=UTC)
# Processed by `path_checks`, `path_policies` or the revocation check: they may be there, critical or not.
_LEFT_TO_US: Final = (
    x509.CertificatePolicies,
    x509.CRLDistributionPoints,
    x509.ExtendedKeyUsage,
    x509.InhibitAnyPolicy,
    x509.IssuerAlternativeName,
    x509.NameConstraints,
    x509.PolicyConstraints,
    x509.PrivateKeyUsagePeriod,
    x509.SubjectAlternativeName,
)


def find_objection(chain: tuple[SigningCertificate, ...], at: datetime) -> str:
    """Say why the library's verifier refuses a chain (end entity first, anchor last); empty when it does not.

    To be asked where `find_limit` finds none.
    """
    leaf, *intermediates, anchor = (certificate.library for certificate in chain)
    try:
        build_verifier([anchor], at).verify(leaf, intermediates)
    except (verification.VerificationError, *FOREIGN_ERRORS) as error:
        return str(error)
    return ""


def build_verifier(anchors: list[x509.Certificate], at: datetime) -> verification.ClientVerifier:
    """Build the library's verifier as it is asked here.

    Its defaults are the Web's. Here every extension may be there or not, critical or not, but for what
    RFC 5280 wants of a CA: basicConstraints, and keyCertSign where there is a keyUsage.
    """
    return (
        verification.PolicyBuilder()
        .store(verification.Store(anchors))
        .time(at)
        .extension_policies(ca_policy=_AUTHORITY, ee_policy=_END_ENTITY)
        .build_client_verifier()
    )


def find_limit(chain: tuple[SigningCertificate, ...]) -> str:
    """Say why the library's verifier has no word on a chain that counts; empty when it has."""
    return next(_list_limits(chain), "")


def _list_limits(chain: tuple[SigningCertificate, ...]) -> Iterator[str]:
    for certificate, issuer in pairwise(chain):
        if certificate.issuer_name.der != issuer.subject_name.der:
            yield "it compares names octet for octet"
        if not (knows_signature(certificate) and knows_key(issuer)):
            yield "it takes no other than its own algorithms, as it writes them"
    if any(issuer.is_self_issued for issuer in chain[1:-1]):
        yield "it counts self-issued CAs against a path length"
    for certificate in chain:
        yield from _list_limits_of(certificate)


def _list_limits_of(certificate: SigningCertificate) -> Iterator[str]:
    if certificate.signed.readable != certificate.der:
        yield "it loads no NULL parameters of an ECDSA algorithm"
    if certificate.serial < 0:
        yield "it refuses negative serial numbers"
    if _has_early_generalized_time(certificate):
        yield "it reads no GeneralizedTime before 2050"
    extensions = {each.oid.dotted_string for each in certificate.library.extensions}
    if _POLICY_MAPPINGS in extensions:
        yield "it processes no policyMappings"
    if _NAME_CONSTRAINTS in extensions:
        yield "it processes no constraints on directory names"


def _has_early_generalized_time(certificate: SigningCertificate) -> bool:
    """Tell whether a date before 2050 is a GeneralizedTime, against RFC 5280 clause 4.1.2.5."""
    fields = parse_element(certificate.signed.tbs, SEQUENCE).children()
    validity = fields[4 if fields[0].tag == EXPLICIT_VERSION else 3]
    dates = (certificate.not_before, certificate.not_after)
    return any(
        time.tag == _GENERALIZED_TIME and date < _FIRST_GENERALIZED
        for time, date in zip(validity.children(), dates, strict=True)
    )


def _require_key_cert_sign(
    _policy: verification.Policy, _certificate: x509.Certificate, usage: x509.KeyUsage | None
) -> None:
    """Refuse a CA whose keyUsage does not let it issue: without this, the verifier does not look."""
    if usage is not None and not usage.key_cert_sign:
        raise ValueError("keyUsage lacks keyCertSign")


def _permit_ours() -> verification.ExtensionPolicy:
    policy = verification.ExtensionPolicy.permit_all()
    for extension in _LEFT_TO_US:
        policy = policy.may_be_present(extension, _AGNOSTIC, None)
    return policy


_END_ENTITY: Final = _permit_ours()
_AUTHORITY: Final = (
    _permit_ours()
    .require_present(x509.BasicConstraints, _AGNOSTIC, None)
    .may_be_present(x509.KeyUsage, _AGNOSTIC, _require_key_cert_sign)
)
