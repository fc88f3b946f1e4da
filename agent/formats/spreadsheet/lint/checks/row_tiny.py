"""Rows with content that are too low to be seen."""

from collections.abc import Iterator
from typing import Final

from agent.findings import Lint
from agent.formats.spreadsheet.lint.check import Check, Found, LintedRow, LintedSheet

LOWEST: Final = 4.0
"""Points; the lowest row in which a person finds a text."""


def is_tiny(height: str) -> bool:
    """Tell whether a row of this height, in points, shows nothing; what is no number is for nobody to say."""
    try:
        return not float(height) >= LOWEST  # NaN is less than nothing
    except ValueError:
        return True


def _check(sheet: LintedSheet, row: LintedRow) -> Iterator[Found]:
    height = row.attributes.get("ht")
    if height is not None and is_tiny(height) and row.contents:
        yield (
            sheet.place(row.contents[0].reference),
            f"the row is {height[:20]} points high: a reader does not see what is in it",
        )


CHECK = Check(
    Lint("row-tiny", "ECMA-376-1 18.3.1.73", f"rows with content that are less than {LOWEST:g} points high"),
    row=_check,
)
