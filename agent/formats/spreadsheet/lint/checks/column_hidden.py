"""Cells with content in hidden columns; hiding columns that nobody uses is no deceit."""

from collections.abc import Iterator

from agent.findings import Lint
from agent.formats.spreadsheet.lint.check import Check, Found, LintedRow, LintedSheet


def _check(sheet: LintedSheet, row: LintedRow) -> Iterator[Found]:
    for cell in row.contents:
        if cell.column in sheet.hidden_columns:
            yield sheet.place(cell.reference), "the cell is in a hidden column: a reader does not see it"


CHECK = Check(
    Lint("column-hidden", "ECMA-376-1 18.3.1.13", "cells with content in hidden columns"), row=_check
)
