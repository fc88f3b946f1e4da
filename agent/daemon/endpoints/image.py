"""A Manufacturer Image that whoever asks has hashed: it is never sent."""

from typing import Annotated

import msgspec

from agent.cpl.image import WHOLE_FILE, HashedImage
from agent.daemon.wire import FileName


class ImageQuery(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What the form is compared with, and what was hashed."""

    image_sha256: Annotated[str, msgspec.Meta(pattern="^[0-9A-Fa-f]{64}$")] | None = None
    """SHA-256 of the Manufacturer Image."""
    image_file: FileName = "image"
    """What its file is called: for messages and the audit log."""
    image_octets: Annotated[int, msgspec.Meta(ge=0)] = 0
    """How many octets were hashed."""
    image_what: Annotated[str, msgspec.Meta(min_length=1, max_length=200)] = WHOLE_FILE
    """Which octets of the file those were, in words."""


def list_images(query: ImageQuery) -> tuple[HashedImage, ...]:
    """List the images that the form is compared with: the one hashed, or none."""
    if query.image_sha256 is None:
        return ()
    image_hash = bytes.fromhex(query.image_sha256)
    return (HashedImage(query.image_file, image_hash, query.image_octets, query.image_what),)
