"""Rows that are hidden and have content; hiding rows that nobody uses is no deceit."""

from collections.abc import Iterator

from agent.findings import Lint
from agent.formats.spreadsheet.lint.check import Check, Found, LintedRow, LintedSheet
from agent.formats.spreadsheet.lint.names import is_true


def _check(sheet: LintedSheet, row: LintedRow) -> Iterator[Found]:
    if is_true(row.attributes.get("hidden")) and row.contents:
        yield sheet.place(row.contents[0].reference), "the row is hidden: a reader does not see what is in it"
    elif is_true(row.attributes.get("collapsed")):
        # Whether its group is hidden with it depends on the program.
        yield sheet.place(f"{row.number}:{row.number}"), "the group of rows beside this one is collapsed"
    elif sheet.hides_rows and "ht" not in row.attributes and row.contents:
        yield sheet.place(row.contents[0].reference), "rows that say nothing of their height are not shown"


CHECK = Check(
    Lint(
        "row-hidden",
        "ECMA-376-1 18.3.1.73",
        "rows with content that are hidden, and rows that collapse the group beside them",
    ),
    row=_check,
)
