"""Cell formats that are not known to show what is in a cell; which cells are the form's, its reader knows."""

from agent.findings import Lint
from agent.formats.spreadsheet.lint.check import Check

CHECK = Check(
    Lint(
        "form-format",
        "ECMA-376-1 18.8.45",
        "cells of the form with a number format that is not plain, or text struck, raised, shrunk or tiny",
    )
)
