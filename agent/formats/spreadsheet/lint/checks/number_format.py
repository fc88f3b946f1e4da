"""Number formats that hide or replace the value, such as `;;;`."""

from collections.abc import Iterator

from agent.findings import Lint
from agent.formats.spreadsheet.lint.check import Check, Found, LintedRow, LintedSheet


def _check(sheet: LintedSheet, row: LintedRow) -> Iterator[Found]:
    for cell in row.contents:
        if cell.style in sheet.styles.formats:
            yield sheet.place(cell.reference), f"the number format {sheet.styles.formats[cell.style]}"


CHECK = Check(
    Lint(
        "number-format",
        "ECMA-376-1 18.8.31",
        "number formats that show nothing, another text, or more digits than the cell holds",
    ),
    row=_check,
)
