"""`iki audit verify [LOG]`."""

from pathlib import Path
from typing import Annotated

import typer

from agent.cli.console import print_json, print_line
from agent.cli.options import JSONOption
from agent.instants import format_instant
from agent.service.anchoring import verify_record
from agent.service.workspace import load_configuration


def command(
    context: typer.Context,
    log: Annotated[
        Path | None,
        typer.Argument(metavar="LOG", help="A log file elsewhere, an export say; default: the configured."),
    ] = None,
    anchor: Annotated[
        Path | None, typer.Option("--anchor", metavar="FILE", help="Check it against this anchor.")
    ] = None,
    certificate: Annotated[
        Path | None,
        typer.Option(
            "--certificate",
            metavar="PEM",
            help="The certificate of the anchor's key; default: that of the signer it names.",
        ),
    ] = None,
    as_json: JSONOption = False,
) -> None:
    """Check that no record was changed, removed, re-ordered or cut off, of rotated files either."""
    place, summary, found = verify_record(load_configuration(context.obj), log, anchor, certificate)
    head = found.statement if found else None
    if as_json:
        print_json(
            {
                "file": place,
                "records": summary.count,
                "head": summary.head.sha256,
                "held": list(summary.held),
                "anchor": {
                    "sequence": head.head.sequence,
                    "time": format_instant(head.at),
                    "signer": head.signer,
                }
                if head
                else None,
            }
        )
        return
    print_line(f"{place}: {summary.count} records, whole; head {summary.head.sha256}")
    if head is not None:
        until = f"record {head.head.sequence}, {format_instant(head.at)}"
        print_line(f"{anchor}: it is the record that {head.signer} anchored ({until})")
