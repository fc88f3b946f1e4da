"""`iki cpl export FILE`."""

from typing import Annotated

import typer

from agent.cli.console import print_line, print_text
from agent.cli.options import ForceOption, OutputOption, WorkbookArgument
from agent.cpl.listing import write_csv, write_json
from agent.errors import UsageError
from agent.service.forms import read_form_file
from agent.service.reading import load_reading
from agent.service.release import PendingOutput

_WRITERS = {".json": write_json, ".csv": write_csv}


def command(
    context: typer.Context,
    file: WorkbookArgument,
    output: OutputOption = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV instead of JSON.")] = False,
    force: ForceOption = False,
) -> None:
    """Write the entries of a submission form as JSON or CSV, for `iki cpl new --from` or another program.

    With -o the name's ending, .json or .csv, says which; without, they are printed.
    """
    suffix = output.suffix.lower() if output else ".csv" if as_csv else ".json"
    if suffix not in _WRITERS or (output and as_csv and suffix != ".csv"):
        raise UsageError(
            "entries-format",
            f"-o {output}: neither .json nor .csv" if suffix not in _WRITERS else f"-o {output}: is not CSV",
            hint="end the name in .json or .csv",
        )
    text = _WRITERS[suffix](read_form_file(file, load_reading(context.obj)))
    if output is None:
        print_text(text)
        return
    with PendingOutput(output, inputs=(file,), force=force) as pending:
        pending.write(text.encode("utf-8"))
        pending.release()
    print_line(f"Entries {output}")
