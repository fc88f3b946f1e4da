"""Pivot tables."""

from agent.findings import Lint
from agent.formats.spreadsheet.lint.check import link_check

CHECK = link_check(
    Lint(
        "pivot-table",
        "ECMA-376-1 18.10",
        "pivot tables",
    ),
    ("pivottable", "pivotcachedefinition"),
    "a pivot table fills cells of the sheet: they change when it is refreshed",
)
