"""Cells with content in columns too narrow to show it."""

from collections.abc import Iterator

from agent.findings import Lint
from agent.formats.spreadsheet.lint.check import Check, Found, LintedRow, LintedSheet


def _check(sheet: LintedSheet, row: LintedRow) -> Iterator[Found]:
    for cell in row.contents:
        if cell.column in sheet.tiny_columns:
            yield sheet.place(cell.reference), "the cell's column is too narrow to be seen"


CHECK = Check(
    Lint("column-tiny", "ECMA-376-1 18.3.1.13", "cells with content in columns less than a character wide"),
    row=_check,
)
