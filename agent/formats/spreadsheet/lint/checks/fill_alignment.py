"""Text that is repeated until the column is full: 12 is shown as 121212."""

from collections.abc import Iterator

from agent.findings import Lint
from agent.formats.spreadsheet.lint.check import Check, Found, LintedRow, LintedSheet


def _check(sheet: LintedSheet, row: LintedRow) -> Iterator[Found]:
    for cell in row.contents:
        if cell.style in sheet.styles.fills:
            yield sheet.place(cell.reference), "its text is repeated until the column is full"


CHECK = Check(
    Lint("fill-alignment", "ECMA-376-1 18.18.40", "cells whose text is repeated to fill the column"),
    row=_check,
)
