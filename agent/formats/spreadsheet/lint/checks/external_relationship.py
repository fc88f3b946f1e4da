"""Relationships to what lies outside of the package, hyperlinks apart."""

from agent.findings import Lint
from agent.formats.spreadsheet.lint.check import Check, Link


def _check(link: Link) -> str | None:
    if not link.external or link.kind == "hyperlink":
        return None
    return f"{link.target[:80]!r} is loaded from outside: what it shows is not what was signed"


CHECK = Check(
    Lint(
        "external-relationship",
        "ECMA-376-2 6.5.3.4",
        "pictures, templates and other parts that are loaded from outside of the workbook",
    ),
    link=_check,
)
