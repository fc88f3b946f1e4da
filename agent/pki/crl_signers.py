"""Who may sign a CRL besides the certificate's issuer itself (RFC 5280 clauses 5.1.1.3 and 6.3.3 (f)).

A CA may keep a key for CRLs alone, certified under its own name; after a new key it may sign with the old
or the new one; an indirect CRL is another authority's. Each such signer needs a path of its own to the
anchor that the certificate's path ends at, and must itself be shown to be unrevoked on it.
"""

from collections.abc import Callable
from datetime import datetime

from agent.dataclass import dataclass
from agent.pki.certificate import SigningCertificate
from agent.pki.crl import RevocationList
from agent.pki.path import CertificationPath, PathError, find_path


@dataclass(frozen=True, slots=True)
class CRLSigners:
    """Where signers of CRLs are looked for: never in the document that is judged."""

    certificates: tuple[SigningCertificate, ...]
    """Configured CA certificates; anchors may be among them."""
    anchor: SigningCertificate
    """The anchor of the path whose certificates are judged (clause 6.3.3 (f): it must be the same)."""


Unrevoked = Callable[[SigningCertificate, SigningCertificate, SigningCertificate], bool]
"""Tells whether a certificate of an issuer, on a CRL signer's path, is shown to be unrevoked."""


def may_sign_crls(certificate: SigningCertificate) -> bool:
    """Tell whether keyUsage, when there, holds cRLSign."""
    return certificate.key_usage is None or "cRLSign" in certificate.key_usage


def find_signer_problem(
    crl: RevocationList,
    issuer: SigningCertificate,
    signers: CRLSigners | None,
    at: datetime,
    is_unrevoked: Unrevoked,
) -> tuple[str, bytes]:
    """Find why a list is nobody's word, as a code, and whose key signed it; an empty code when it counts.

    `issuer` is the issuer of the certificate that is judged. `is_unrevoked` gets the signer, then a
    certificate of the signer's path and its issuer.
    """
    problem = "crl-signature-wrong"
    if issuer.subject_name.comparable == crl.issuer_name.comparable:
        if not may_sign_crls(issuer):
            problem = "crl-signer-unsuitable"
        elif crl.is_signed_by(issuer.spki_der):
            return "", issuer.spki_der
    for signer in signers.certificates if signers else ():
        named = signer.subject_name.comparable == crl.issuer_name.comparable
        if not named or not crl.is_signed_by(signer.spki_der):
            continue
        if not may_sign_crls(signer):
            problem = "crl-signer-unsuitable"
        elif signers and _is_proven(signer, signers, at, is_unrevoked):
            return "", signer.spki_der
        else:
            problem = "crl-signer-unproven"
    return problem, b""


def _is_proven(
    signer: SigningCertificate, signers: CRLSigners, at: datetime, is_unrevoked: Unrevoked
) -> bool:
    """Tell whether a signer is valid and unrevoked on a path to the anchor."""
    if signer == signers.anchor:
        return True
    if not signer.not_before <= at <= signer.not_after:
        return False
    path = _find_path(signer, signers, at)
    return path is not None and all(
        is_unrevoked(signer, certificate, above) for certificate, above in path.issued
    )


def _find_path(signer: SigningCertificate, signers: CRLSigners, at: datetime) -> CertificationPath | None:
    """Find the signer's path to the anchor; None when there is none."""
    try:
        return find_path(signer, intermediates=signers.certificates, anchors=(signers.anchor,), at=at)
    except PathError:
        return None
