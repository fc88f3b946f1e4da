"""Content in a merged cell other than its first: it is there, and no program shows it.

Merged cells are listed after the cells that they hide, so `merges` looks in a second reading.
"""

from agent.findings import Lint
from agent.formats.spreadsheet.lint.check import Check

CHECK = Check(
    Lint("merged-data", "ECMA-376-1 18.3.1.55", "content under merged cells, where it is not shown")
)
