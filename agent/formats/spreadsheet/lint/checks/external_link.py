"""Links to other workbooks."""

from agent.findings import Lint
from agent.formats.spreadsheet.lint.check import link_check

CHECK = link_check(
    Lint(
        "external-link",
        "ECMA-376-1 18.14",
        "links to other workbooks, whose values replace those that were signed",
    ),
    ("externallink", "externallinkpath", "externallinklongpath", "xlpathmissing"),
    "values come from another workbook: they change when that one does",
)
