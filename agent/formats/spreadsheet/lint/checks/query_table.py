"""Query tables."""

from agent.findings import Lint
from agent.formats.spreadsheet.lint.check import link_check

CHECK = link_check(
    Lint(
        "query-table",
        "ECMA-376-1 18.15",
        "query tables, whose cells a connection fills",
    ),
    ("querytable",),
    "a query fills cells of the sheet: they change when it is run",
)
