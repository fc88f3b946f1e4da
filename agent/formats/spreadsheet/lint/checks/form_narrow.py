"""Columns of the form that show a character or two of what they hold: which those are, its reader knows."""

from collections.abc import Iterator
from typing import Final

from agent.findings import Area, Lint, Observation
from agent.formats.spreadsheet.cells import format_reference
from agent.formats.spreadsheet.lint.check import Check, LintedSheet

NARROW: Final = 4.7
"""Characters, as widths are given: with the padding of the cell, there is room for less than four."""
_PADDING: Final = 0.7
_LAST_ROW: Final = 1 << 20

CHECK = Check(
    Lint(
        "form-narrow",
        "ECMA-376-1 18.3.1.13",
        "columns of the form with room for one to three characters, and more than twice that in a cell",
    )
)


def list_narrow(sheet: LintedSheet) -> Iterator[Observation]:
    """Observe every narrow column of a sheet that is not hidden, with the room that it has."""
    for column, width in sheet.narrow_columns.items():
        if column in sheet.hidden_columns:
            continue
        message = f"the column is {width:g} characters wide: a reader does not see what is in it"
        area = Area(sheet.name, (column, column), (1, _LAST_ROW))
        where = sheet.place(format_reference(column, 1))
        yield Observation(CHECK.lint.code, where, message, area, room=int(width - _PADDING))
