"""The digests that are signed (FIPS 180-4), and how long they are."""

from dataclasses import dataclass
from typing import Final

from hsm.errors import SigningFailed
from hsm.values import HashName

_OCTETS: Final[dict[str, int]] = {"sha256": 32, "sha384": 48, "sha512": 64}


@dataclass(frozen=True, slots=True)
class DigestToSign:
    """What a key is asked to sign, and how."""

    octets: bytes
    """The digest."""
    hash_name: HashName
    pss_salt: int | None = None
    """Octets of salt of RSASSA-PSS (RFC 8017 8.1); None is the key's other scheme."""

    def __post_init__(self) -> None:
        """Check that the digest is one of that name.

        Raises:
            SigningFailed: `hash-unknown` or `digest-length`.
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
