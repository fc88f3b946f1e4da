"""Excel 4.0 macro sheets and dialogs."""

from agent.findings import Lint
from agent.formats.spreadsheet.lint.check import link_check

CHECK = link_check(
    Lint(
        "macro-sheet",
        "MS-OFFMACRO2 2.2.1.1",
        "Excel 4.0 macro sheets and dialog sheets",
    ),
    ("xlmacrosheet", "xlintlmacrosheet", "dialogsheet"),
    "an Excel 4.0 macro or dialog sheet, which runs without being a macro to most programs",
)
