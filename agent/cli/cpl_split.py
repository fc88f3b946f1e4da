"""`iki cpl split FILE`."""

from datetime import UTC, datetime

import typer

from agent.cli.console import count, print_json, print_line, print_warning
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
    if halves[0].left:
        print_warning(
            f"{halves[0].left} stayed at their cells while rows moved up: look what they stand beside now"
        )
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
        entries = count(half.entries, "entry", "entries")
        print_line(f"Form    {half.path}: {half.kind}, {entries}, to be countersigned by {to}")
