"""Pieces of a cell's text in white, or too small to be read (rich text runs)."""

from collections.abc import Iterator

from lxml.etree import _Element as Element

from agent.findings import Lint
from agent.formats.spreadsheet.lint.check import Check, Found, LintedRow, LintedSheet
from agent.formats.spreadsheet.lint.colours import WHITE, Colours
from agent.formats.spreadsheet.lint.names import local_name
from agent.formats.spreadsheet.lint.styles import describe_font

LINT = Lint(
    "text-run-invisible",
    "ECMA-376-1 18.4.4",
    "pieces of text in white or less than 3 points high, whatever the colour of their cell",
)


def list_invisible_runs(container: Element, colours: Colours) -> Iterator[str]:
    """Say of each run of an `si` or `is` that shows on white as nothing what it hides."""
    for run in container:
        if local_name(run.tag) != "r":
            continue
        parts = {local_name(child.tag): child for child in run}
        text = parts["t"].text or "" if "t" in parts else ""
        reason = describe_font(parts.get("rPr"), [WHITE], colours)
        if reason and text.strip():
            yield f"a reader does not see {text[:40]!r}: {reason}"


def _check_row(sheet: LintedSheet, row: LintedRow) -> Iterator[Found]:
    for cell in row.cells:
        for child in cell.element:
            if local_name(child.tag) == "is":
                for message in list_invisible_runs(child, sheet.styles.colours):
                    yield sheet.place(cell.reference), message


CHECK = Check(LINT, row=_check_row)
