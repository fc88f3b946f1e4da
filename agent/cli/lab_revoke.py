"""`iki lab revoke NAME`."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from agent.cli.console import print_line
from agent.cli.lab_folder import find_lab
from agent.cli.options import LabFolderOption
from agent.instants import format_instant
from agent.lab.rehearsal import revoke
from agent.pki.certificate import format_serial


def command(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="manufacturer, supplier, dcc, or tsa.")],
    reason: Annotated[
        str, typer.Option("--reason", metavar="REASON", help="A CRLReason of RFC 5280.")
    ] = "unspecified",
    folder: LabFolderOption = None,
) -> None:
    """Revoke a party's certificate and publish new CRLs."""
    record = revoke(
        find_lab(context.obj, folder), name, reason=reason, at=datetime.now(UTC).replace(microsecond=0)
    )
    revoked_at = format_instant(record.revoked_at) if record.revoked_at else ""
    print_line(f"Revoked {name} (serial {format_serial(record.serial)}) at {revoked_at}: {record.reason}")
