"""Trust material: what certificates are judged against."""

from agent.dataclass import dataclass
from agent.findings import Finding
from agent.pki.certificate import SigningCertificate
from agent.pki.crl import RevocationList


@dataclass(frozen=True, slots=True)
class TimestampTrust:
    """Whose timestamps prove when something was there."""

    anchors: tuple[SigningCertificate, ...] = ()
    """What the path of a TSA's certificate must end at; with none, no timestamp proves anything."""
    policies: frozenset[str] = frozenset()
    """Dotted TSA policies of which a timestamp must carry one; empty accepts any."""


NO_TIMESTAMPS = TimestampTrust()


@dataclass(frozen=True, slots=True)
class TrustStore:
    """What a certificate is judged against."""

    anchors: tuple[SigningCertificate, ...]
    intermediates: tuple[SigningCertificate, ...]
    crls: tuple[RevocationList, ...]
    notes: tuple[Finding, ...] = ()
    """What went wrong with a source of CRLs; the last good list is among `crls` then."""
    timestamps: TimestampTrust = NO_TIMESTAMPS
    doubt: str = ""
    """Why CRLs that were seen may be missing, as a code: those at hand revoke, and vouch for nothing."""
