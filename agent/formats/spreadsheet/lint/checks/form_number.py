"""Number formats under which digits are not shown as they are written; the form's reader knows where."""

from agent.findings import Lint
from agent.formats.spreadsheet.lint.check import Check

CHECK = Check(
    Lint(
        "form-number",
        "ECMA-376-1 18.8.30",
        "numbers where the form asks for text, which are shown otherwise than they are written",
    )
)
