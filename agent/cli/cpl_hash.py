"""`iki cpl hash IMAGE…`."""

from pathlib import Path
from typing import Annotated

import typer

from agent.cli.console import print_json, print_line, print_note, print_warning
from agent.cli.image_progress import hashing_progress
from agent.cli.options import JSONOption, OTAElementOption, RangeOption, StripOTAHeaderOption
from agent.cpl.image import WHOLE_FILE, HashedImage, format_image_hash
from agent.cpl.image_part import WHOLE, GivenImage, parse_image_part
from agent.cpl.ota import OTAFile
from agent.errors import UsageError
from agent.report.form_report import describe_image
from agent.service.images import find_ota, hash_given_image, list_images


def command(
    images: Annotated[
        list[Path], typer.Argument(metavar="IMAGE...", help="Manufacturer Images, or folders of them.")
    ],
    octets: RangeOption = None,
    strip_ota_header: StripOTAHeaderOption = False,
    ota_element: OTAElementOption = None,
    as_json: JSONOption = False,
) -> None:
    """Print the Hash of a Manufacturer Image as the form wants it: SHA-256 in upper-case hex.

    The whole file is hashed, unless a range is given or it is a ZigBee OTA upgrade file: which octets of that
    are the Manufacturer Image is for you to say.
    """
    part = parse_image_part(octets, ota_element, strips_header=strip_ota_header)
    given = [image for path in images for image in list_images(path, part)]
    files = [(image, _find_ota(image)) for image in given]
    hashed = []
    with hashing_progress() as begin:
        for image, ota in files:
            if ota is not None and part == WHOLE and not as_json:
                _show_header(ota)
            hashed.append((hash_given_image(image, begin), ota))
    if as_json:
        print_json([_describe(item, ota) for item, ota in hashed])
        return
    for item, ota in hashed:
        text = format_image_hash(item.image_hash)
        print_line(text if len(hashed) == 1 else f"{text}  {item.file}")
        if item.what != WHOLE_FILE:
            print_note(f"{item.file}: {item.what} were hashed")
        if ota is not None:
            _show_header(ota)


def _find_ota(image: GivenImage) -> OTAFile | None:
    """Find what an OTA upgrade file says of itself; with a range given, a broken header matters to nobody."""
    try:
        return find_ota(image.path)
    except UsageError as error:
        if image.part.octets is None or error.code != "ota-malformed":
            raise
        return None


def _show_header(ota: OTAFile) -> None:
    """Tell what the file says of itself: what it is about is another thing than its Hash."""
    for name, value in ota.fields():
        print_note(f"OTA header: {name}: {value}")
    for element in ota.elements:
        octets = f"--range {element.start}:{element.start + element.length}"
        print_note(f"OTA element {element.name}: {element.length} octets, {octets}")
    if ota.remark:
        print_warning(f"OTA file: {ota.remark}")


def _describe(image: HashedImage, ota: OTAFile | None) -> dict[str, object]:
    """Build the JSON object of an image (docs/schemas/cpl-hash.schema.json)."""
    return describe_image(image) | {"ota": _describe_header(ota) if ota else None}


def _describe_header(ota: OTAFile) -> dict[str, object]:
    return {
        "header": [{"name": name, "value": value} for name, value in ota.fields()],
        "elements": [
            {"tag": f"0x{element.tag:04X}", "start": element.start, "length": element.length}
            for element in ota.elements
        ],
        "remark": ota.remark or None,
    }
