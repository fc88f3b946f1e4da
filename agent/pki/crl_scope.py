"""Which certificates, and which reasons, a CRL speaks for (RFC 5280 clauses 5.2.5 and 6.3.3 (b))."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from cryptography import x509

from agent.pki.certificate import SigningCertificate
from agent.pki.extensions import find_extension
from agent.pki.names import DistinguishedName, parse_name

ALL_REASONS: Final = frozenset(
    {
        "keyCompromise",
        "cACompromise",
        "affiliationChanged",
        "superseded",
        "cessationOfOperation",
        "certificateHold",
        "privilegeWithdrawn",
        "aACompromise",
    }
)
"""The special value all-reasons of clause 6.3.2 (a): every ReasonFlags bit in use."""

ComparableName = tuple[str, bytes]


@dataclass(frozen=True, slots=True)
class CRLScope:
    """The issuing distribution point of a CRL; the defaults are those of a CRL without one."""

    only_user_certificates: bool = False
    only_ca_certificates: bool = False
    only_attribute_certificates: bool = False
    is_indirect: bool = False
    reasons: frozenset[str] = ALL_REASONS
    point: frozenset[ComparableName] | None = None
    """The names of the distribution point; None when the CRL is for all of them."""


def read_scope(extensions: x509.Extensions, issuer: DistinguishedName) -> CRLScope:
    """Read the scope of a CRL from its extensions; `issuer` completes a relative point name."""
    point = find_extension(extensions, x509.IssuingDistributionPoint)
    if point is None:
        return CRLScope()
    return CRLScope(
        only_user_certificates=point.only_contains_user_certs,
        only_ca_certificates=point.only_contains_ca_certs,
        only_attribute_certificates=point.only_contains_attribute_certs,
        is_indirect=point.indirect_crl,
        reasons=_reasons(point.only_some_reasons),
        point=_point_names(point.full_name, point.relative_name, issuer),
    )


def covered_reasons(scope: CRLScope, certificate: SigningCertificate) -> frozenset[str]:
    """Find the reasons that a CRL of the certificate's issuer covers for it; none when out of scope."""
    wrong_kind = scope.only_user_certificates if certificate.is_ca else scope.only_ca_certificates
    if wrong_kind or scope.only_attribute_certificates:
        return frozenset()
    if scope.point is None:
        return scope.reasons
    covered: frozenset[str] = frozenset()
    for names, reasons in _distribution_points(certificate):
        if names & scope.point:
            covered |= reasons & scope.reasons
    return covered


def _distribution_points(
    certificate: SigningCertificate,
) -> Iterator[tuple[frozenset[ComparableName], frozenset[str]]]:
    """List the names and reasons of the certificate's distribution points.

    The issuer's own name stands for the point that clause 6.3.3 assumes where a certificate names none.
    """
    issuer = certificate.issuer_name
    issuer_point: ComparableName = ("DirectoryName", issuer.comparable)
    yield frozenset({issuer_point}), ALL_REASONS
    points = find_extension(certificate.library.extensions, x509.CRLDistributionPoints)
    for point in points or ():
        signers = frozenset(_comparable(name) for name in point.crl_issuer or ())
        # A point served by another CRL issuer is an indirect CRL's, which is set aside elsewhere.
        if signers and issuer_point not in signers:
            continue
        names = _point_names(point.full_name, point.relative_name, issuer)
        yield names or signers, _reasons(point.reasons)


def _point_names(
    full: Iterable[x509.GeneralName] | None,
    relative: x509.RelativeDistinguishedName | None,
    issuer: DistinguishedName,
) -> frozenset[ComparableName] | None:
    """Read a DistributionPointName; a relative one is the issuer's name and one RDN more."""
    if full is not None:
        return frozenset(_comparable(name) for name in full)
    if relative is None:
        return None
    last = parse_name(x509.Name([relative]).public_bytes())
    whole = DistinguishedName(b"", issuer.rdns + last.rdns)
    return frozenset({("DirectoryName", whole.comparable)})


def _comparable(name: x509.GeneralName) -> ComparableName:
    """Write a general name so that two compare as RFC 5280 clause 7 says; URIs octet for octet."""
    if isinstance(name, x509.DirectoryName):
        return ("DirectoryName", parse_name(name.value.public_bytes()).comparable)
    return (type(name).__name__, repr(name.value).encode())


def _reasons(flags: frozenset[x509.ReasonFlags] | None) -> frozenset[str]:
    """Name the reasons; all of them when the field is absent."""
    return ALL_REASONS if flags is None else frozenset(flag.value for flag in flags)
