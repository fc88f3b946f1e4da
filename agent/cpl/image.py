"""The Hash of the Manufacturer Image: SHA-256 (MP168; GBCS: over the image, without any OTA header)."""

import hashlib
from collections.abc import Callable
from typing import BinaryIO, Final

from agent.dataclass import dataclass
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


def hash_image(
    stream: BinaryIO, octets: int | None = None, progress: Callable[[int], None] | None = None
) -> bytes:
    """Hash the next `octets` of the stream, or all that is left, in pieces; which to hash the caller decides.

    `progress` is told how many octets were hashed since it was told last.

    Raises:
        UsageError: `image-unreadable` when reading fails, or the stream ends before.

    """
    digest, left = hashlib.sha256(), octets
    try:
        while left != 0 and (piece := stream.read(_PIECE if left is None else min(_PIECE, left))):
            digest.update(piece)
            left = None if left is None else left - len(piece)
            if progress is not None:
                progress(len(piece))
    except OSError as error:
        raise _unreadable(error.strerror or str(error)) from error
    if left:
        raise _unreadable("it became shorter while it was read")
    return digest.digest()


def _unreadable(why: str) -> UsageError:
    return UsageError(
        "image-unreadable",
        f"the Manufacturer Image cannot be read: {why}",
        hint="name the firmware image file itself, as it was released",
    )


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
