"""Trust material: what certificates are judged against."""

from dataclasses import dataclass

from agent.findings import Finding
from agent.pki.certificate import SigningCertificate
from agent.pki.crl import RevocationList


@dataclass(frozen=True, slots=True)
class TrustStore:
    """What a certificate is judged against."""

    anchors: tuple[SigningCertificate, ...]
    intermediates: tuple[SigningCertificate, ...]
    crls: tuple[RevocationList, ...]
    notes: tuple[Finding, ...] = ()
    """What went wrong with a source of CRLs; the last good list is among `crls` then."""
