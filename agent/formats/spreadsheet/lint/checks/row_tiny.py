"""Rows with content that are too low to be seen."""

from collections.abc import Iterator
from typing import Final

from agent.findings import Lint
from agent.formats.spreadsheet.lint.check import Check, Found, LintedRow, LintedSheet

LOWEST: Final = 4.0
"""Points; the lowest row in which a person finds a text."""
_SIZE: Final = 11.0
"""Points of a font that does not say its size."""
_TALLEST: Final = 14.0
"""Points of letters that may need more than a row: a title may be merged over several."""
_SHARE: Final = 0.75
"""Of a font's size, the height of its capitals."""


def lowest_of(size: float | None) -> float:
    """Compute how high a row must be for text of this size, in points, to be read."""
    return max(LOWEST, _SHARE * min(size or _SIZE, _TALLEST))


def is_tiny(height: str, lowest: float) -> bool:
    """Tell whether a row of this height, in points, shows nothing; what is no number is for nobody to say."""
    try:
        return not float(height) >= lowest  # NaN is less than nothing
    except ValueError:
        return True


def _check(sheet: LintedSheet, row: LintedRow) -> Iterator[Found]:
    height = row.attributes.get("ht")
    if height is None:
        return
    for cell in row.contents:
        if is_tiny(height, lowest_of(sheet.styles.looks.sizes.get(cell.style))):
            message = f"the row is {height[:20]} points high: a reader does not see what is in it"
            yield sheet.place(cell.reference), message
            return


CHECK = Check(
    Lint("row-tiny", "ECMA-376-1 18.3.1.73", "rows with content that are lower than its letters"),
    row=_check,
)
