"""Connections to databases, files and the web."""

from agent.findings import Lint
from agent.formats.spreadsheet.lint.check import link_check

CHECK = link_check(
    Lint(
        "connection",
        "ECMA-376-1 18.13",
        "data connections and data models",
    ),
    ("connections", "powerpivotdata", "model"),
    "values come from a database, a file or the web: they change when they are refreshed",
)
