"""Custom XML data."""

from agent.findings import Effect, Lint
from agent.formats.spreadsheet.lint.check import link_check

CHECK = link_check(
    Lint(
        "custom-xml",
        "ECMA-376-1 15.2.5",
        "custom XML data, which no cell shows",
        Effect.NONE,
    ),
    ("customxml", "xmlmaps"),
    "data is carried along that no cell shows",
)
