"""Pieces of a cell's text that are struck through, raised, lowered or small: they read otherwise.

Whether the cell is one of the form's, its reader knows; beside the form it is a note.
"""

from collections.abc import Iterator

from lxml.etree import _Element as Element

from agent.findings import Area, Lint
from agent.formats.spreadsheet.cells import parse_reference
from agent.formats.spreadsheet.lint.check import Check, Found, LintedRow, LintedSheet
from agent.formats.spreadsheet.lint.names import local_name
from agent.formats.spreadsheet.lint.plain_formats import describe_small_font

LINT = Lint(
    "text-run-struck",
    "ECMA-376-1 18.4.4",
    "pieces of text struck, raised, lowered, or less than 6 points high, in the form or in no known form",
)


def list_struck_runs(container: Element) -> Iterator[str]:
    """Say of each run of an `si` or `is` why it is not taken for what it says."""
    for run in container:
        if local_name(run.tag) != "r":
            continue
        parts = {local_name(child.tag): child for child in run}
        text = parts["t"].text or "" if "t" in parts else ""
        reason = describe_small_font(parts.get("rPr"))
        if reason and text.strip():
            yield f"a reader does not take {text[:40]!r} for what it says: {reason}"


def _check_row(sheet: LintedSheet, row: LintedRow) -> Iterator[Found]:
    for cell in row.cells:
        for child in cell.element:
            if local_name(child.tag) == "is":
                column, number = parse_reference(cell.reference) or (cell.column, row.number)
                area = Area(sheet.name, (column, column), (number, number))
                for message in list_struck_runs(child):
                    yield sheet.place(cell.reference), message, area


CHECK = Check(LINT, row=_check_row)
