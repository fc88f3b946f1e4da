"""Content lint: what in a workbook makes people see something else than what its cells say.

Neutral observations; how severe each is, the policy says.
"""

from agent.formats.spreadsheet.lint.registry import list_lints
from agent.formats.spreadsheet.lint.scan import ContentScan, open_scan

__all__ = ["ContentScan", "list_lints", "open_scan"]
