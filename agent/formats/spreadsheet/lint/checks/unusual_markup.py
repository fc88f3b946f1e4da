"""Parts written in a way that no spreadsheet program writes: what they show was not looked through."""

from agent.findings import Lint
from agent.formats.spreadsheet.lint.check import Check

LINT = Lint(
    "unusual-markup",
    "ECMA-376-2 6.2.5",
    "parts that are not UTF-8, not well-formed, have a DTD, or cannot be looked through otherwise",
)
CHECK = Check(LINT)
