"""Tables."""

from agent.findings import Effect, Lint
from agent.formats.spreadsheet.lint.check import link_check

CHECK = link_check(
    Lint(
        "table",
        "ECMA-376-1 18.5",
        "tables (list objects)",
        Effect.NONE,
    ),
    ("table", "tablesinglecells"),
    "a table with filter buttons and colours lies over cells; their values stay",
)
