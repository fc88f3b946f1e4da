"""Web add-ins."""

from agent.findings import Lint
from agent.formats.spreadsheet.lint.check import link_check

CHECK = link_check(
    Lint(
        "web-extension",
        "MS-OWEXML 2.1",
        "web add-ins and their task panes",
    ),
    ("webextension", "webextensiontaskpanes", "taskpanes"),
    "an add-in from the web is started with the workbook, and can show and change what it likes",
)
