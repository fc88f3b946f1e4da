"""Text in the colour of its background, or too small to be read."""

from collections.abc import Iterator

from agent.findings import Lint
from agent.formats.spreadsheet.lint.check import Check, Found, LintedRow, LintedSheet


def _check(sheet: LintedSheet, row: LintedRow) -> Iterator[Found]:
    for cell in row.contents:
        reason = sheet.styles.looks.unreadable.get(cell.style)
        if reason:
            yield sheet.place(cell.reference), f"a reader does not see it: {reason}"


CHECK = Check(
    Lint(
        "font-invisible",
        "ECMA-376-1 18.8.22",
        "cells whose text has the colour of its background, or is less than 3 points high",
    ),
    row=_check,
)
