"""The digests that are signed (FIPS 180-4), how long they are, and what they are digests of."""

import hashlib
import hmac
from dataclasses import dataclass
from typing import Final

from hsm.errors import SigningFailed
from hsm.values import HashName

LONGEST_MESSAGE: Final = 65536
"""Octets of a message that goes to a token: SignedInfo and signed attributes have some two thousand."""
_OCTETS: Final[dict[str, int]] = {"sha256": 32, "sha384": 48, "sha512": 64}


@dataclass(frozen=True, slots=True)
class DigestToSign:
    """What a key is asked to sign, and how."""

    octets: bytes
    """The digest."""
    hash_name: HashName
    pss_salt: int | None = None
    """Octets of salt of RSASSA-PSS (RFC 8017 8.1); None is the key's other scheme."""

    message: bytes | None = None
    """What was hashed, for a token that signs nothing but what it hashes itself; left out, or longer than
    `LONGEST_MESSAGE`, such a token is refused."""

    def __post_init__(self) -> None:
        """Check that the digest is one of that name, and that of the message: no other one is ever signed.

        Raises:
            SigningFailed: `hash-unknown`, `digest-length` or `message-mismatch`.
        """
        expected = _OCTETS.get(self.hash_name)
        if expected is None:
            raise SigningFailed(
                "hash-unknown", f"{self.hash_name} is not signed", hint=f"use one of {', '.join(_OCTETS)}"
            )
        if len(self.octets) != expected:
            raise SigningFailed(
                "digest-length",
                f"a {self.hash_name} digest has {expected} octets, this one has {len(self.octets)}",
                hint="sign the digest, not the document",
            )
        if self.message is None:
            return
        if not hmac.compare_digest(hashlib.new(self.hash_name, self.message).digest(), self.octets):
            raise SigningFailed(
                "message-mismatch",
                "the message is not the one whose digest is to be signed; nothing was signed",
                hint="this is a defect of the caller",
            )


def octets_of(hash_name: HashName) -> int:
    """Tell how long a digest is."""
    return _OCTETS[hash_name]
