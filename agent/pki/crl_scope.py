"""Which certificates, and which reasons, a CRL speaks for (RFC 5280 clauses 5.2.5 and 6.3.3 (b))."""

from collections.abc import Iterable, Iterator
from typing import Final

from cryptography import x509

from agent.dataclass import dataclass
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
_DIRECTORY_NAME: Final = "DirectoryName"


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


def crl_issuers(certificate: SigningCertificate) -> frozenset[bytes]:
    """List the comparable names of those whose CRLs may speak of a certificate: issuer and cRLIssuers."""
    named = {
        name for point in _points(certificate) for kind, name in _signers(point) if kind == _DIRECTORY_NAME
    }
    return frozenset({certificate.issuer_name.comparable, *named})


def covered_reasons(
    scope: CRLScope, certificate: SigningCertificate, crl_issuer: DistinguishedName
) -> frozenset[str]:
    """Find the reasons that a CRL covers for a certificate; none when out of scope (clause 6.3.3 (b))."""
    wrong_kind = scope.only_user_certificates if certificate.is_ca else scope.only_ca_certificates
    if wrong_kind or scope.only_attribute_certificates:
        return frozenset()
    own = crl_issuer.comparable == certificate.issuer_name.comparable
    if own and scope.point is None:
        return scope.reasons
    points = _own_points(certificate) if own else _delegated_points(certificate, scope, crl_issuer)
    covered: frozenset[str] = frozenset()
    for names, reasons in points:
        if scope.point is None or names & scope.point:
            covered |= reasons & scope.reasons
    return covered


_Point = tuple[frozenset[ComparableName], frozenset[str]]


def _own_points(certificate: SigningCertificate) -> Iterator[_Point]:
    """List the names and reasons of the points that the certificate's issuer serves itself.

    The issuer's own name stands for the point that clause 6.3.3 assumes where a certificate names none.
    """
    issuer = certificate.issuer_name
    issuer_point: ComparableName = (_DIRECTORY_NAME, issuer.comparable)
    yield frozenset({issuer_point}), ALL_REASONS
    for point in _points(certificate):
        signers = _signers(point)
        if not signers or issuer_point in signers:
            names = _point_names(point.full_name, point.relative_name, issuer)
            yield names or signers, _reasons(point.reasons)


def _delegated_points(
    certificate: SigningCertificate, scope: CRLScope, crl_issuer: DistinguishedName
) -> Iterator[_Point]:
    """List those that the certificate leaves to another CRL issuer, whose list must be an indirect one."""
    for point in _points(certificate) if scope.is_indirect else ():
        signers = _signers(point)
        if (_DIRECTORY_NAME, crl_issuer.comparable) in signers:
            names = _point_names(point.full_name, point.relative_name, crl_issuer)
            yield names or signers, _reasons(point.reasons)


def _points(certificate: SigningCertificate) -> Iterable[x509.DistributionPoint]:
    """List the certificate's distribution points."""
    return find_extension(certificate.library.extensions, x509.CRLDistributionPoints) or ()


def _signers(point: x509.DistributionPoint) -> frozenset[ComparableName]:
    """List the cRLIssuer names of a point."""
    return frozenset(_comparable(name) for name in point.crl_issuer or ())


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
    return frozenset({(_DIRECTORY_NAME, whole.comparable)})


def _comparable(name: x509.GeneralName) -> ComparableName:
    """Write a general name so that two compare as RFC 5280 clause 7 says; URIs octet for octet."""
    if isinstance(name, x509.DirectoryName):
        return (_DIRECTORY_NAME, parse_name(name.value.public_bytes()).comparable)
    return (type(name).__name__, repr(name.value).encode())


def _reasons(flags: frozenset[x509.ReasonFlags] | None) -> frozenset[str]:
    """Name the reasons; all of them when the field is absent."""
    return ALL_REASONS if flags is None else frozenset(flag.value for flag in flags)
