"""What a container's verification found, in words that every container shares.

Cryptography and coverage only: whether the certificate may be trusted, and
whether the right parties signed, is for the policy.
"""

from datetime import datetime
from typing import TYPE_CHECKING

from agent.dataclass import dataclass
from agent.pki.certificate import SigningCertificate
from agent.pki.crl import CertificateList
from agent.verdicts import Problem

if TYPE_CHECKING:
    # Whoever has no timestamps starts without their reader.
    from agent.formats.timestamp.token import TimestampToken


@dataclass(frozen=True, slots=True)
class SignatureRecord:
    """One signature of a document, as its container shows it."""

    part: str
    """Where it stands: a part name, or `signerInfo[0]`, or `signerInfo[0]/countersignature[0]`."""
    claimed_role: str = ""
    certificate: SigningCertificate | None = None
    """The certificate that the signed digest names; None when it is not there."""
    issuers: tuple[SigningCertificate, ...] = ()
    """The other certificates that came along; nothing vouches for them."""
    claimed_time: datetime | None = None
    algorithm: str = ""
    value: bytes = b""
    """The signature value; ECDSA values are malleable, so it identifies nothing."""
    comments: str = ""
    covers: tuple[str, ...] = ()
    uncovered: tuple[str, ...] = ()
    countersigns: tuple[str, ...] = ()
    """The `part` of each signature it takes in whole."""
    timestamp: "TimestampToken | None" = None
    """The timestamp of its value, if there is one that holds by itself; whom it is by is for the policy."""
    crls: tuple[CertificateList, ...] = ()
    """The CRLs that came along: each is as good as its own signature, scope and times."""
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class DocumentRecord:
    """All signatures of a document, and what is wrong with the set."""

    signatures: tuple[SignatureRecord, ...]
    problems: tuple[Problem, ...] = ()
    untrusted: tuple[str, ...] = ()
    """Parts that stay outside of every signature by rule."""

    @property
    def all_problems(self) -> tuple[Problem, ...]:
        """Those of the set, then those of each signature."""
        return (*self.problems, *(item for signature in self.signatures for item in signature.problems))
