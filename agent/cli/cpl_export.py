"""`iki cpl export FILE`."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated

import typer

from agent.cli.console import describe_finding, print_document, print_line, print_warning
from agent.cli.options import ForceOption, OutputOption, WorkbookArgument
from agent.cpl.listing import write_csv, write_json
from agent.errors import UsageError
from agent.findings import Finding
from agent.service.checking import FormSettings
from agent.service.form_exporting import read_form_to_export
from agent.service.release import PendingOutput
from agent.service.workspace import load_form_settings

_SHOWN = 20
"""Warnings that are printed one by one."""
_WRITERS = {".json": write_json, ".csv": write_csv}


def command(
    context: typer.Context,
    file: WorkbookArgument,
    output: OutputOption = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV instead of JSON.")] = False,
    force: ForceOption = False,
) -> None:
    """Write the entries of a submission form as JSON or CSV, for `iki cpl new --from` or another program.

    What the export cannot say as the form does is warned of, with sheet and cell; the status stays 0.
    With -o the name's ending, .json or .csv, says which; without, they are printed.
    """
    suffix = output.suffix.lower() if output else ".csv" if as_csv else ".json"
    if suffix not in _WRITERS or (output and as_csv and suffix != ".csv"):
        raise UsageError(
            "entries-format",
            f"-o {output}: neither .json nor .csv" if suffix not in _WRITERS else f"-o {output}: is not CSV",
            hint="end the name in .json or .csv",
        )
    settings = FormSettings(*load_form_settings(context.obj))
    form, unfaithful = read_form_to_export(file, settings, datetime.now(UTC))
    _warn(unfaithful)
    text = _WRITERS[suffix](form)
    if output is None:
        print_document(text)
        return
    with PendingOutput(output, inputs=(file,), force=force) as pending:
        pending.write(text.encode("utf-8"))
        pending.release()
    print_line(f"Entries {output}")


def _warn(unfaithful: Sequence[Finding]) -> None:
    """Tell of cells that the export does not give back as they are; `iki cpl check` says how bad it is."""
    for finding in unfaithful[:_SHOWN]:
        print_warning(f"not exported as it is: {describe_finding(finding)}")
    if len(unfaithful) > _SHOWN:
        print_warning(f"{len(unfaithful) - _SHOWN} more like these: `iki cpl check` lists them")
