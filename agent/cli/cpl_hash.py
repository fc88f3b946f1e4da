"""`iki cpl hash IMAGE…`."""

from pathlib import Path
from typing import Annotated

import typer

from agent.cli.console import print_json, print_line
from agent.cli.options import JSONOption
from agent.cpl.image import format_image_hash
from agent.service.images import hash_image_file


def command(
    images: Annotated[list[Path], typer.Argument(metavar="IMAGE...", help="Manufacturer Images.")],
    as_json: JSONOption = False,
) -> None:
    """Print the Hash of a Manufacturer Image as the form wants it: SHA-256 in upper-case hex.

    The whole file is hashed. For an OTA upgrade file give the Manufacturer Image alone, without its header.
    """
    hashes = [(image, format_image_hash(hash_image_file(image).image_hash)) for image in images]
    if as_json:
        print_json([{"file": str(image), "hash": text} for image, text in hashes])
        return
    for image, text in hashes:
        print_line(text if len(hashes) == 1 else f"{text}  {image}")
