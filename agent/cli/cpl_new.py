"""`iki cpl new OUT.xlsx`."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from agent.cli.console import print_line
from agent.cli.options import ForceOption
from agent.cpl.image_part import GivenImage
from agent.cpl.new import build_form
from agent.errors import UsageError
from agent.service.images import hash_given_image
from agent.service.release import PendingOutput


def command(
    output: Annotated[Path, typer.Argument(metavar="OUT.xlsx", help="Where the form appears.")],
    example: Annotated[bool, typer.Option("--example", help="Fill in two plausible rows.")] = False,
    images: Annotated[
        list[Path] | None,
        typer.Option("--image", metavar="FIRMWARE", help="With --example: put this image's Hash in a row."),
    ] = None,
    force: ForceOption = False,
) -> None:
    """Write a small submission form, for rehearsal: SECAS's own may have other columns."""
    if images and not example:
        raise UsageError(
            "image-without-example",
            "--image fills the example's rows",
            hint="add --example, or leave --image out",
        )
    hashes = [hash_given_image(GivenImage(image)).image_hash for image in images or ()]
    with PendingOutput(output, inputs=tuple(images or ()), force=force) as pending:
        pending.write(build_form(example=example, image_hashes=hashes, created=datetime.now(UTC)))
        pending.release()
    print_line(f"Form    {output}")
