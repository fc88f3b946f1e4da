"""A small, streaming, read-only reader of SpreadsheetML over the octets that a signature covers."""

from agent.formats.spreadsheet.cells import (
    Cell,
    CellKind,
    Row,
    format_reference,
    parse_reference,
    quote_sheet,
)
from agent.formats.spreadsheet.compare import CellChange, compare_rows
from agent.formats.spreadsheet.limits import DEFAULT_LIMITS, SpreadsheetLimits
from agent.formats.spreadsheet.restamp import restamp_workbook
from agent.formats.spreadsheet.sheet import Sheet, SheetState
from agent.formats.spreadsheet.source import PartSource, Relationship
from agent.formats.spreadsheet.workbook import Workbook, open_workbook

__all__ = [
    "DEFAULT_LIMITS",
    "Cell",
    "CellChange",
    "CellKind",
    "PartSource",
    "Relationship",
    "Row",
    "Sheet",
    "SheetState",
    "SpreadsheetLimits",
    "Workbook",
    "compare_rows",
    "format_reference",
    "open_workbook",
    "parse_reference",
    "quote_sheet",
    "restamp_workbook",
]
