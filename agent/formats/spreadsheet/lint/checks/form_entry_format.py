"""Formats that a heading may have and an entry may not: text that is turned, or hardly stands out."""

from agent.findings import Lint
from agent.formats.spreadsheet.lint.check import Check

CHECK = Check(
    Lint(
        "form-entry-format",
        "ECMA-376-1 18.8.1",
        "entries of the form in turned text, or in a colour that hardly stands out from their cells",
    )
)
