"""The digests that are signed (FIPS 180-4), and how long they are."""

from typing import Final

from hsm.errors import SigningFailed

_OCTETS: Final[dict[str, int]] = {"sha256": 32, "sha384": 48, "sha512": 64}


def check_digest(digest: bytes, hash_name: str) -> None:
    """Check that a digest is one of that name.

    Raises:
        SigningFailed: `hash-unknown` or `digest-length`.
    """
    expected = _OCTETS.get(hash_name)
    if expected is None:
        raise SigningFailed(
            "hash-unknown", f"{hash_name} is not signed", hint=f"use one of {', '.join(_OCTETS)}"
        )
    if len(digest) != expected:
        raise SigningFailed(
            "digest-length",
            f"a {hash_name} digest has {expected} octets, this one has {len(digest)}",
            hint="sign the digest, not the document",
        )
