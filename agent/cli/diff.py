"""`iki diff A B`."""

from pathlib import Path
from typing import Annotated

import typer

from agent.cli.console import print_json_ending, print_line
from agent.cli.options import AllOption, JSONOption
from agent.exits import ExitStatus
from agent.report.comparison_report import (
    describe_cell_change,
    describe_comparison,
    list_cell_lines,
    list_comparison_lines,
)
from agent.service.comparison import compare_files
from agent.service.reading import load_reading

_LIMIT = 100


def command(
    context: typer.Context,
    a: Annotated[Path, typer.Argument(metavar="A", help="A workbook (.xlsx or .xlsm).")],
    b: Annotated[Path, typer.Argument(metavar="B", help="The workbook it is compared with.")],
    everything: AllOption = False,
    as_json: JSONOption = False,
) -> int:
    """Show which parts and which cells of two workbooks differ: needs no trust anchor, CRL or token.

    Exit status: 0 the same, 4 different, 8 not a workbook that can be read, 2 no such file.
    """
    comparison = compare_files(a, b, load_reading(context.obj), limit=None if everything else _LIMIT)
    status = ExitStatus.OK if comparison.same else ExitStatus.FAILED
    if as_json:
        cells = (describe_cell_change(change) for change in comparison.cells)
        print_json_ending(describe_comparison(comparison), "cells", cells)
        return status
    for line in list_comparison_lines(comparison, limit=None if everything else _LIMIT):
        print_line(line)
    for change in comparison.cells:
        for line in list_cell_lines(change, whole=everything):
            print_line(line)
    if comparison.cell_count > comparison.shown:
        print_line(f"  … {comparison.cell_count - comparison.shown} more cells, --all")
    return status
