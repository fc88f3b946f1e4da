"""How much of a workbook is read before it is refused."""

from agent.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class SpreadsheetLimits:
    """Bounds of the reader. The defaults are those of Excel, so a workbook that Excel made passes."""

    max_rows: int = 1_048_576
    """Highest row number."""
    max_columns: int = 16_384
    """Highest column index (XFD)."""
    max_text: int = 32_767
    """Characters of one cell."""
    max_sheets: int = 1_000
    """Sheets of one workbook; Excel has no such bound but memory."""
    max_strings: int = 16_777_216
    """Entries of the shared string table."""
    max_element_octets: int = 4 * 1024 * 1024
    """Octets of XML of one row or shared string, the unit that is in memory at one time."""


DEFAULT_LIMITS = SpreadsheetLimits()
