"""The Manufacturer Images that options name, and which of their octets those are."""

from collections.abc import Sequence
from pathlib import Path

from agent.cpl.image_part import WHOLE, GivenImage, ImagePart, parse_image_part
from agent.errors import UsageError


def choose_part(octets: str | None, tag: str | None, *, strips_header: bool, has_image: bool) -> ImagePart:
    """Read what the options say of the octets; raises UsageError, also if there is no image."""
    part = parse_image_part(octets, tag, strips_header=strips_header)
    if part != WHOLE and not has_image:
        raise UsageError(
            "image-part-without-image",
            "--range, --strip-ota-header and --ota-element say which octets of an image are meant",
            hint="name the image with --image, or leave the option out",
        )
    return part


def choose_images(
    paths: Sequence[Path], octets: str | None, tag: str | None, *, strips_header: bool
) -> tuple[GivenImage, ...]:
    """Put the images and what is said of their octets together; raises UsageError."""
    part = choose_part(octets, tag, strips_header=strips_header, has_image=bool(paths))
    return tuple(GivenImage(path, part) for path in paths)
