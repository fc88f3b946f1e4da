"""Ribbons and toolbars."""

from agent.findings import Effect, Lint
from agent.formats.spreadsheet.lint.check import link_check

CHECK = link_check(
    Lint(
        "custom-ui",
        "MS-CUSTOMUI 2.1",
        "ribbons and toolbars of the workbook's own",
        Effect.NONE,
    ),
    ("extensibility", "usertoolbar", "attachedtoolbars"),
    "the workbook brings buttons of its own to the program",
)
