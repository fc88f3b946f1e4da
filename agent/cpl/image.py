"""The Hash of the Manufacturer Image: SHA-256 (SEC MP168; GBCS: over the image, without any OTA header)."""

import hashlib
from dataclasses import dataclass
from typing import BinaryIO, Final

from agent.errors import UsageError

IMAGE_HASH_OCTETS: Final = 32
"""Length of the Hash in octets (SHA-256, FIPS 180-4)."""
WHOLE_FILE: Final = "the whole file"
_PIECE: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class HashedImage:
    """A Manufacturer Image and its Hash."""

    file: str
    image_hash: bytes
    """SHA-256 of the octets that were hashed."""
    octets: int
    """How many that were."""
    what: str = WHOLE_FILE
    """Which octets of the file those were, in words."""


def hash_image(stream: BinaryIO) -> bytes:
    """Hash all that is left in the stream, in pieces; what is hashed is the caller's decision.

    Raises:
        UsageError: `image-unreadable` when reading fails.

    """
    digest = hashlib.sha256()
    try:
        while piece := stream.read(_PIECE):
            digest.update(piece)
    except OSError as error:
        raise UsageError(
            "image-unreadable",
            f"the Manufacturer Image cannot be read: {error.strerror or error}",
            hint="name the firmware image file itself, as it was released",
        ) from error
    return digest.digest()


def format_image_hash(image_hash: bytes) -> str:
    """Write a Hash as the form wants it: 64 upper-case hexadecimal digits, nothing between them.

    Raises:
        UsageError: `image-hash-malformed` when it is not 32 octets.

    """
    if len(image_hash) != IMAGE_HASH_OCTETS:
        raise UsageError(
            "image-hash-malformed",
            f"a Hash has {IMAGE_HASH_OCTETS} octets, this one {len(image_hash)}",
            hint="make it with `iki cpl hash IMAGE`",
        )
    return image_hash.hex().upper()
