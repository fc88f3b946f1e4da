"""Pictures, charts and shapes over cells.

Where the form is known, one that lies beside its cells is told apart (`drawing-beside-form`).
"""

from collections.abc import Iterator
from typing import Final

from lxml.etree import _Element as Element

from agent.findings import Area, Lint
from agent.formats.spreadsheet.cells import format_reference, quote_sheet
from agent.formats.spreadsheet.lint.check import Check, Found, PartOfSheet
from agent.formats.spreadsheet.lint.drawing_bounds import is_bounded
from agent.formats.spreadsheet.lint.names import parse_number, split_tag

_MOST: Final = 100
"""Drawings of one sheet that are told apart."""
_LAST: Final = 1 << 20
_EMU_OF_ROW: Final = 50_000
"""English Metric Units (360,000 to the centimetre) of a very low row: an estimate must not be too small."""
_EMU_OF_COLUMN: Final = 609_600
_EMU_OF_ORDINARY_ROW: Final = 190_500
_ANCHORS: Final = ("twoCellAnchor", "oneCellAnchor", "absoluteAnchor")


def _check(part: PartOfSheet) -> Iterator[Found]:
    anchors = [item for item in part.root.iter() if split_tag(item.tag)[1] in _ANCHORS]
    if len(anchors) > _MOST:
        yield quote_sheet(part.sheet), f"{len(anchors)} pictures, charts and shapes lie over the cells"
        return
    for anchor in anchors:
        area = _area(part.sheet, anchor)
        where = part.place(format_reference(area.columns[0], area.rows[0]))
        yield (
            where,
            "a picture, chart or shape lies over the cells from here on: what is under it is not seen",
            area if is_bounded(anchor) else Area(part.sheet, (1, _LAST), (1, _LAST)),
        )


def _area(sheet: str, anchor: Element) -> Area:
    """Give the cells it lies over; too many rather than too few."""
    corners = {split_tag(child.tag)[1]: child for child in anchor}
    start = _corner(corners.get("from"), (1, 1))
    end = _corner(corners.get("to"), _reach(start, corners))
    # An offset is within its cell; one that is longer is cut off, or not, by the program.
    slack = _slack(corners.get("to", corners.get("from")))
    columns, rows = ((min(pair), max(pair)) for pair in zip(start, end, strict=True))
    return Area(sheet, (columns[0], columns[1] + slack[0]), (rows[0], rows[1] + slack[1]))


def _slack(corner: Element | None) -> tuple[int, int]:
    texts = {split_tag(child.tag)[1]: child.text for child in corner} if corner is not None else {}
    return (
        (parse_number(texts.get("colOff")) or 0) // _EMU_OF_COLUMN,
        (parse_number(texts.get("rowOff")) or 0) // _EMU_OF_ORDINARY_ROW,
    )


def _corner(element: Element | None, otherwise: tuple[int, int]) -> tuple[int, int]:
    values = (
        {split_tag(child.tag)[1]: (child.text or "").strip() for child in element}
        if element is not None
        else {}
    )
    column, row = parse_number(values.get("col")), parse_number(values.get("row"))
    return otherwise if column is None or row is None else (column + 1, row + 1)


def _reach(start: tuple[int, int], corners: dict[str, Element]) -> tuple[int, int]:
    extent = corners.get("ext")
    width, height = (parse_number(extent.get(name)) if extent is not None else None for name in ("cx", "cy"))
    if "from" not in corners or width is None or height is None:
        return _LAST, _LAST
    return start[0] + width // _EMU_OF_ROW, start[1] + height // _EMU_OF_ROW


CHECK = Check(
    Lint(
        "drawing",
        "ECMA-376-1 20.5",
        "pictures, charts and shapes that lie over cells of the form, or of no known form",
    ),
    part=lambda part: _check(part) if part.kind == "drawing" else (),
)
