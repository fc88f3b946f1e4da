"""Pieces of a cell's text in white or the colour of the cell, or too small to be read (rich text runs)."""

from collections.abc import Iterator
from typing import Final

from lxml.etree import _Element as Element

from agent.findings import Lint
from agent.formats.spreadsheet.lint.check import Check, Found, LintedRow, LintedSheet
from agent.formats.spreadsheet.lint.colours import BLACK, WHITE, Colours, look_the_same
from agent.formats.spreadsheet.lint.legibility import describe_font, find_colour
from agent.formats.spreadsheet.lint.names import local_name
from agent.formats.spreadsheet.lint.styles import Styles

_MOST_BACKGROUNDS: Final = 64
"""Colours of cells that each coloured piece of text is compared with."""
_MOST_FORMATS: Final = 256
"""Formats that are named as having such a colour."""
LINT = Lint(
    "text-run-invisible",
    "ECMA-376-1 18.4.4",
    "pieces of text in white or less than 3 points high, whatever the colour of their cell, or in its colour",
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


def list_hidden_runs(container: Element, styles: Styles) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Say of each run what it hides in cells of these formats (none named: any), which have its colour."""
    backgrounds = styles.looks.backgrounds
    for run in container if backgrounds else ():
        parts = {local_name(child.tag): child for child in run}
        text = parts["t"].text or "" if "t" in parts else ""
        font = parts.get("rPr")
        colour = find_colour(font, styles.colours) if font is not None else None
        if colour is None or not text.strip():
            continue
        if len(backgrounds) > _MOST_BACKGROUNDS:
            if colour != BLACK:
                yield (
                    f"a reader may not see {text[:40]!r}: cells have too many colours to compare it with",
                    (),
                )
            continue
        for background, formats in backgrounds.items():
            if look_the_same(colour, background):
                of_cells = tuple(formats) if len(formats) <= _MOST_FORMATS else ()
                yield f"a reader does not see {text[:40]!r}: it has the colour of its cell", of_cells


def _check_row(sheet: LintedSheet, row: LintedRow) -> Iterator[Found]:
    for cell in row.cells:
        for child in cell.element:
            if local_name(child.tag) == "is":
                for message in list_invisible_runs(child, sheet.styles.colours):
                    yield sheet.place(cell.reference), message
                for message, formats in list_hidden_runs(child, sheet.styles):
                    if not formats or cell.style in formats:
                        yield sheet.place(cell.reference), message


CHECK = Check(LINT, row=_check_row)
