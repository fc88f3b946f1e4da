"""Merged cells, one by one: whether the form's cells are among them, its reader knows.

A merged cell is one cell to people and many to a reader: what it says stands in the first of them alone.
"""

from collections.abc import Iterator

from agent.findings import Area, Lint, Observation
from agent.formats.spreadsheet.cells import format_reference
from agent.formats.spreadsheet.lint.check import Check, LintedSheet

CHECK = Check(
    Lint(
        "form-merged",
        "ECMA-376-1 18.3.1.55",
        "merged cells in the form: what they say counts for their first cell alone",
    )
)


def list_merged(sheet: LintedSheet) -> Iterator[Observation]:
    """Observe every merged cell of a sheet, with the cells that it takes in."""
    for left, top, right, bottom in sheet.merges:
        if (left, top) == (right, bottom):
            continue
        where = sheet.place(f"{format_reference(left, top)}:{format_reference(right, bottom)}")
        message = "the cells are merged: what they say is read for the first of them alone"
        yield Observation(CHECK.lint.code, where, message, Area(sheet.name, (left, right), (top, bottom)))
