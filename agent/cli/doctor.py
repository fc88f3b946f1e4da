"""`iki doctor`."""

from typing import Annotated

import typer

from agent.cli.console import print_json, print_line
from agent.cli.options import JSONOption
from agent.instants import format_instant
from agent.service.doctor.examination import Diagnosis, run_doctor


def command(
    context: typer.Context,
    signer: Annotated[
        str | None, typer.Option("--as", metavar="NAME", help="Only what this signer needs; default: all.")
    ] = None,
    as_json: JSONOption = False,
) -> int:
    """Look at everything that signing will need; asks for no PIN and never logs in.

    Exit status: 0 when nothing failed; else 2 configuration, files, audit log or anchors, 6 module, token or
    PIN, 3 what policy would refuse: the first of these that there is.
    """
    diagnosis = run_doctor(context.obj, signer)
    if as_json:
        print_json(_describe(diagnosis))
        return diagnosis.status
    for check, line in diagnosis.lines:
        code = f" [{line.code}]" if line.code else ""
        print_line(f"{line.health.value:4}  {check.name:13}  {line.subject}: {line.message}{code}")
        if line.hint:
            print_line(f"      {'':13}  hint: {line.hint}")
    return diagnosis.status


def _describe(diagnosis: Diagnosis) -> dict[str, object]:
    """Build the JSON object (docs/schemas/doctor.schema.json)."""
    return {
        "at": format_instant(diagnosis.at),
        "health": diagnosis.health.value,
        "lines": [
            {
                "check": check.name,
                "health": line.health.value,
                "subject": line.subject,
                "code": line.code or None,
                "message": line.message,
                "hint": line.hint or None,
            }
            for check, line in diagnosis.lines
        ],
    }
