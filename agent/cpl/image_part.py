"""Which octets of a file are the Manufacturer Image: a person says it, nobody guesses (GBCS)."""

import re
from pathlib import Path
from typing import BinaryIO, Final

from agent.cpl.image import WHOLE_FILE
from agent.cpl.ota import OTAFile, read_ota
from agent.dataclass import dataclass
from agent.errors import UsageError

_RANGE: Final = re.compile(
    r"(?P<start>0[xX][0-9A-Fa-f]{1,12}|[0-9]{1,14})?:(?P<end>0[xX][0-9A-Fa-f]{1,12}|[0-9]{1,14})?", re.ASCII
)
_TAG: Final = re.compile(r"0[xX][0-9A-Fa-f]{1,4}|[0-9]{1,5}", re.ASCII)
_LAST_TAG: Final = 0xFFFF
_SAY: Final = "say which octets are the image: --strip-ota-header, --ota-element TAG or --range A:B"


@dataclass(frozen=True, slots=True)
class ImagePart:
    """What a person says of a file; nothing said means the whole of a file that is no OTA upgrade file."""

    octets: tuple[int, int | None] | None = None
    """From, and up to but not including; None is the end of the file."""
    strips_header: bool = False
    """What follows the OTA header, to the end of the file."""
    tag: int | None = None
    """The data of the one sub-element with this tag."""


WHOLE: Final = ImagePart()


@dataclass(frozen=True, slots=True)
class GivenImage:
    """An image file, and which part of it is the Manufacturer Image."""

    path: Path
    part: ImagePart = WHOLE
    of_folder: bool = False
    """It was found in a folder: what is said of OTA files says nothing of it if it is none."""
    called: Path | None = None
    """What people call it, where it lies under another name."""

    @property
    def name(self) -> Path:
        """Its name in errors and records."""
        return self.called or self.path


@dataclass(frozen=True, slots=True)
class ChosenOctets:
    """The octets to hash."""

    start: int
    end: int
    """The first octet that is not hashed any more."""
    what: str
    """Which these are, in words."""


def parse_image_part(octets: str | None, tag: str | None, *, strips_header: bool) -> ImagePart:
    """Parse what the options say.

    Raises:
        UsageError: `image-part-twice`, `image-range-invalid` or `ota-tag-invalid`.

    """
    if (octets is not None) + (tag is not None) + strips_header > 1:
        raise UsageError("image-part-twice", "the Manufacturer Image is said in two ways", hint=_SAY)
    return ImagePart(
        _parse_range(octets) if octets is not None else None,
        strips_header,
        _parse_tag(tag) if tag is not None else None,
    )


def _parse_range(text: str) -> tuple[int, int | None]:
    match = _RANGE.fullmatch(text)
    start = int(match["start"] or "0", 0 if "x" in (match["start"] or "").lower() else 10) if match else 0
    end = match["end"] if match else None
    last = int(end, 0 if "x" in end.lower() else 10) if end else None
    if match is None or text == ":" or (last is not None and last <= start):
        raise UsageError(
            "image-range-invalid",
            f"--range {text[:40]}: not a range of octets",
            hint="write A:B, from octet A (the first is 0) up to and without octet B; A: goes to the end",
        )
    return start, last


def _parse_tag(text: str) -> int:
    tag = int(text, 0 if "x" in text.lower() else 10) if _TAG.fullmatch(text) else _LAST_TAG + 1
    if tag > _LAST_TAG:
        raise UsageError(
            "ota-tag-invalid",
            f"--ota-element {text[:40]}: not a tag",
            hint="a tag is a number from 0 to 0xFFFF, such as 0x0000 (upgrade image)",
        )
    return tag


def choose_octets(stream: BinaryIO, size: int, image: GivenImage) -> ChosenOctets:
    """Find the octets that a person says are the Manufacturer Image, in a file of `size` octets.

    Raises:
        UsageError: `image-is-ota` when nothing is said of an OTA upgrade file; `image-not-ota`,
            `image-range-beyond`, `image-empty`, `ota-element-missing`,
            `ota-element-several`, `ota-malformed`, `ota-truncated`.
        OSError: it cannot be read.

    """
    part, path = image.part, image.name
    if part.octets is not None:
        return _choose_range(path, part.octets, size)
    ota = read_named_ota(stream, size, path)
    if ota is None:
        if not size:
            raise _empty(path, WHOLE_FILE)
        if part != WHOLE and not image.of_folder:
            raise UsageError(
                "image-not-ota",
                f"{path}: not a ZigBee OTA upgrade file: there is nothing to strip or to choose from",
                hint="leave the option out to hash the whole file",
            )
        return ChosenOctets(0, size, WHOLE_FILE)
    if part != WHOLE and ota.total_image_size > size:
        raise UsageError(
            "ota-truncated",
            f"{path}: its header says {ota.total_image_size} octets in all, and the file has {size}: it"
            " was cut short",
            hint="get the whole file; --range A:B says the octets, if these are the ones",
        )
    if part.tag is not None:
        return _choose_element(path, ota, part.tag)
    if not part.strips_header:
        raise UsageError(
            "image-is-ota",
            f"{path}: a ZigBee OTA upgrade file, and it is not said which octets are the Manufacturer Image",
            hint=_SAY,
        )
    return _choose(path, ota.header_length, size, "without the OTA header", ota.remark)


def _choose_range(path: Path, octets: tuple[int, int | None], size: int) -> ChosenOctets:
    start, end = octets[0], size if octets[1] is None else octets[1]
    if not start < end <= size:
        raise UsageError(
            "image-range-beyond",
            f"{path}: has {size} octets, fewer than the range wants",
            hint="give a range that lies in the file",
        )
    what = WHOLE_FILE if (start, end) == (0, size) else f"octets {start} to {end - 1} of {size}"
    return ChosenOctets(start, end, what)


def _choose_element(path: Path, ota: OTAFile, tag: int) -> ChosenOctets:
    found = [element for element in ota.elements if element.tag == tag]
    if len(found) != 1:
        listed = ", ".join(element.name for element in ota.elements[:10]) or "none"
        remark = f" ({ota.remark})" if ota.remark else ""
        raise UsageError(
            "ota-element-several" if found else "ota-element-missing",
            f"{path}: {len(found) or 'no'} sub-elements have the tag 0x{tag:04X}{remark}",
            hint=f"its sub-elements are {listed}; --range A:B says the octets themselves",
        )
    element = found[0]
    return _choose(
        path, element.start, element.start + element.length, f"the OTA element {element.name}", ota.remark
    )


def _choose(path: Path, start: int, end: int, what: str, remark: str) -> ChosenOctets:
    if start == end:
        raise _empty(path, what)
    # What does not add up is said wherever it is said what was hashed.
    return ChosenOctets(
        start, end, f"octets {start} to {end - 1}, {what}" + (f" ({remark})" if remark else "")
    )


def _empty(path: Path, what: str) -> UsageError:
    hint = "name the image as it was released" if what == WHOLE_FILE else _SAY
    return UsageError("image-empty", f"{path}: {what}: there is no octet to hash", hint=hint)


def read_named_ota(stream: BinaryIO, size: int, path: Path) -> OTAFile | None:
    """Read header and sub-elements as `read_ota` does; its errors name the file."""
    try:
        return read_ota(stream, size)
    except UsageError as error:
        raise UsageError(error.code, f"{path}: {error.message}", hint=error.hint) from error
