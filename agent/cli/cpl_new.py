"""`iki cpl new OUT.xlsx`."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from agent.cli.console import print_line
from agent.cli.image_choice import choose_images
from agent.cli.image_progress import hashing_progress
from agent.cli.options import ForceOption, OTAElementOption, RangeOption, StripOTAHeaderOption
from agent.cpl.new import build_form
from agent.errors import UsageError
from agent.service.forms import read_entries
from agent.service.images import hash_given_image
from agent.service.reading import load_reading
from agent.service.release import PendingOutput


def command(
    context: typer.Context,
    output: Annotated[Path, typer.Argument(metavar="OUT.xlsx", help="Where the form appears.")],
    example: Annotated[bool, typer.Option("--example", help="Fill in two plausible rows.")] = False,
    images: Annotated[
        list[Path] | None,
        typer.Option("--image", metavar="FIRMWARE", help="With --example: put this image's Hash in a row."),
    ] = None,
    source: Annotated[
        Path | None,
        typer.Option("--from", metavar="ENTRIES", help="Fill in the entries of this .json or .csv file."),
    ] = None,
    octets: RangeOption = None,
    strip_ota_header: StripOTAHeaderOption = False,
    ota_element: OTAElementOption = None,
    force: ForceOption = False,
) -> None:
    """Write a small submission form, for rehearsal: SECAS's own may have other columns."""
    if images and not example:
        raise UsageError(
            "image-without-example",
            "--image fills the example's rows",
            hint="add --example, or leave --image out",
        )
    given = choose_images(images or (), octets, ota_element, strips_header=strip_ota_header)
    with hashing_progress() as begin:
        hashes = [hash_given_image(image, begin).image_hash for image in given]
    entries = read_entries(source, load_reading(context.obj)) if source else ()
    inputs = (*(images or ()), *((source,) if source else ()))
    with PendingOutput(output, inputs=inputs, force=force) as pending:
        now = datetime.now(UTC)
        pending.write(build_form(example=example, image_hashes=hashes, entries=entries, created=now))
        pending.release()
    print_line(f"Form    {output}")
