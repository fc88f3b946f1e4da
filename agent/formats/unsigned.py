"""What may be added to a signature after it was made, in words that every container shares."""

from dataclasses import replace

from agent.dataclass import dataclass
from agent.pki.certificate import SigningCertificate
from agent.pki.crl import CertificateList


@dataclass(frozen=True, slots=True)
class UnsignedProperties:
    """A timestamp of the signature value, certificates, CRLs; each may be missing."""

    timestamp: bytes = b""
    """The DER of the TimeStampToken; empty when there is none."""
    certificates: tuple[SigningCertificate, ...] = ()
    crls: tuple[CertificateList, ...] = ()

    def merged(self, other: "UnsignedProperties") -> "UnsignedProperties":
        """Build these with what `other` has and they have not."""
        return replace(
            self,
            timestamp=self.timestamp or other.timestamp,
            certificates=self.certificates or other.certificates,
            crls=self.crls or other.crls,
        )


NO_UNSIGNED_PROPERTIES = UnsignedProperties()
