"""`iki lab crl`."""

from typing import Annotated

import typer

from agent.cli.console import print_line
from agent.cli.lab_folder import find_lab
from agent.cli.options import LabFolderOption
from agent.instants import parse_instant
from agent.lab.rehearsal import forget_crls, publish_crls


def command(
    context: typer.Context,
    this_update: Annotated[str, typer.Option("--this-update", metavar="TIME", help="ISO 8601.")],
    next_update: Annotated[str, typer.Option("--next-update", metavar="TIME", help="ISO 8601.")],
    folder: LabFolderOption = None,
) -> None:
    """Publish the CRLs of both CAs with the dates given, and forget those seen: time may go back here."""
    layout = find_lab(context.obj, folder)
    forget_crls(layout)
    paths = publish_crls(
        layout,
        this_update=parse_instant(this_update),
        next_update=parse_instant(next_update),
    )
    for path in paths:
        print_line(f"CRL     {path}")
