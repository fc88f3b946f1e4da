"""`iki cpl split FILE`."""

from datetime import UTC, datetime

import typer

from agent.cli.console import print_json, print_line
from agent.cli.options import ForceOption, JSONOption, WorkbookArgument
from agent.cpl.device_types import COUNTERSIGNER
from agent.report.hand_over_report import PARTIES
from agent.service.reading import load_reading
from agent.service.splitting import split_form_file


def command(
    context: typer.Context, file: WorkbookArgument, force: ForceOption = False, as_json: JSONOption = False
) -> None:
    """Part a form with both Devices and Communications Hubs into two: FILE.devices.xlsx and FILE.hubs.xlsx.

    Each is FILE without the rows of the other kind. FILE must not be signed yet.
    """
    halves = split_form_file(file, load_reading(context.obj), datetime.now(UTC), force=force)
    if as_json:
        print_json(
            [
                {
                    "file": str(half.path),
                    "kind": half.kind.value,
                    "entries": half.entries,
                    "to": COUNTERSIGNER[half.kind].value,
                }
                for half in halves
            ]
        )
        return
    for half in halves:
        to = PARTIES[COUNTERSIGNER[half.kind]]
        print_line(f"Form    {half.path}: {half.entries} {half.kind}, to be countersigned by {to}")
