"""`iki inspect FILE`."""

from typing import Annotated

import typer

from agent.cli.console import print_json_ending, print_line
from agent.cli.options import AllOption, JSONOption, WorkbookArgument
from agent.report.inspection_report import (
    describe_inspection,
    describe_row,
    list_inspection_lines,
    list_row_lines,
)
from agent.service.inspection import inspect_file
from agent.service.reading import load_reading

_ROWS = 50
_PLACES = 100


def command(
    context: typer.Context,
    file: WorkbookArgument,
    sheet: Annotated[
        str | None, typer.Option("--sheet", metavar="NAME", help="Show this sheet; default: the form's.")
    ] = None,
    everything: AllOption = False,
    as_json: JSONOption = False,
) -> None:
    """Show what each signature covers, and the cells as signed: needs no trust anchor, CRL or token.

    Cryptography and coverage only; `iki verify` judges.
    Exit status: 0 shown, whatever it shows, also a broken signature; 8 not a workbook that can be read.
    """
    inspection = inspect_file(
        file, load_reading(context.obj), sheet=sheet, limit=None if everything else _ROWS
    )
    view = inspection.view
    if as_json:
        rows = (describe_row(row, view) for row in view.rows)
        print_json_ending(describe_inspection(inspection), "rows", rows)
        return
    for line in list_inspection_lines(inspection, limit=None if everything else _PLACES):
        print_line(line)
    for row in view.rows:
        for line in list_row_lines(row, view, whole=everything):
            print_line(line)
    if view.row_count > view.shown:
        print_line(f"  … {view.row_count - view.shown} more rows, --all")
