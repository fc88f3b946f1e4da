"""Macros (VBA)."""

from agent.findings import Effect, Lint
from agent.formats.spreadsheet.lint.check import link_check

CHECK = link_check(
    Lint(
        "macro",
        "MS-OFFMACRO2 2.2.1.3",
        "VBA projects: the form's own tool workbook carries one",
        Effect.NONE,
    ),
    ("vbaproject", "wordvbadata"),
    "the workbook carries a macro; it can change cells once somebody lets it run",
)
