"""Cells with content in columns too narrow to show it."""

from collections.abc import Iterator
from typing import Final

from agent.findings import Lint
from agent.formats.spreadsheet.lint.check import Check, Found, LintedRow, LintedSheet

NARROWEST: Final = 1.7
"""Characters, as widths are given: with the padding of the cell, there is room for less than one."""


def read_width(width: str) -> float:
    """Read a column's width; what is no number (NaN too) is no width."""
    try:
        return float(width) if float(width) >= 0 else 0.0
    except ValueError:
        return 0.0


def _check(sheet: LintedSheet, row: LintedRow) -> Iterator[Found]:
    for cell in row.contents:
        if cell.column in sheet.tiny_columns:
            yield sheet.place(cell.reference), "the cell's column is too narrow to be seen"


CHECK = Check(
    Lint(
        "column-tiny",
        "ECMA-376-1 18.3.1.13",
        "cells with content in columns with room for less than a character",
    ),
    row=_check,
)
