"""`iki lab issue NAME`."""

from typing import Annotated

import typer

from agent.cli.console import print_line
from agent.cli.lab_folder import find_lab
from agent.cli.options import LabFolderOption
from agent.instants import format_instant, parse_instant
from agent.lab.rehearsal import reissue


def command(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="manufacturer, supplier or dcc.")],
    not_before: Annotated[str, typer.Option("--not-before", metavar="TIME", help="ISO 8601.")],
    not_after: Annotated[str, typer.Option("--not-after", metavar="TIME", help="ISO 8601.")],
    folder: LabFolderOption = None,
) -> None:
    """Issue a party a new certificate for its key, with the dates given, and put it in force."""
    certificate = reissue(
        find_lab(context.obj, folder),
        name,
        not_before=parse_instant(not_before),
        not_after=parse_instant(not_after),
    )
    dates = f"{format_instant(certificate.not_before)} to {format_instant(certificate.not_after)}"
    print_line(f"Issued {certificate.subject}, valid {dates}: {certificate.where}")
