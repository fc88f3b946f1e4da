"""Trust material: what certificates are judged against."""

from dataclasses import dataclass

from agent.pki.certificate import SigningCertificate
from agent.pki.crl import RevocationList


@dataclass(frozen=True, slots=True)
class TrustStore:
    """What a certificate is judged against."""

    anchors: tuple[SigningCertificate, ...]
    intermediates: tuple[SigningCertificate, ...]
    crls: tuple[RevocationList, ...]
