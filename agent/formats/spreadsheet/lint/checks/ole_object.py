"""Embedded and linked objects."""

from agent.findings import Lint
from agent.formats.spreadsheet.lint.check import link_check

CHECK = link_check(
    Lint(
        "ole-object",
        "ECMA-376-1 18.3.1.59",
        "embedded and linked objects",
    ),
    ("oleobject", "package"),
    "an embedded object lies over the cells: its picture is not its content",
)
