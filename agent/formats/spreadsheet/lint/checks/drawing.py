"""Pictures, charts and shapes over cells.

Where the form is known, one that lies beside its cells is told apart (`drawing-beside-form`).
"""

from collections.abc import Iterator
from typing import Final

from lxml.etree import _Element as Element

from agent.findings import Area, Lint
from agent.formats.spreadsheet.cells import format_reference
from agent.formats.spreadsheet.lint.check import Check, Found, PartOfSheet
from agent.formats.spreadsheet.lint.names import split_tag

_LAST: Final = 1 << 20
_EMU_OF_ROW: Final = 50_000
"""English Metric Units (360,000 to the centimetre) of a very low row: an estimate must not be too small."""
_ANCHORS: Final = ("twoCellAnchor", "oneCellAnchor", "absoluteAnchor")


def _check(part: PartOfSheet) -> Iterator[Found]:
    for anchor in part.root.iter():
        if split_tag(anchor.tag)[1] in _ANCHORS:
            area = _area(part.sheet, anchor)
            message = (
                "a picture, chart or shape lies over the cells from here on: what is under it is not seen"
            )
            yield part.place(format_reference(area.columns[0], area.rows[0])), message, area


def _area(sheet: str, anchor: Element) -> Area:
    """Give the cells it lies over; too many rather than too few."""
    corners = {split_tag(child.tag)[1]: child for child in anchor}
    start = _corner(corners.get("from"), (1, 1))
    end = _corner(corners.get("to"), _reach(start, corners))
    return Area(sheet, (start[0], max(start[0], end[0])), (start[1], max(start[1], end[1])))


def _corner(element: Element | None, otherwise: tuple[int, int]) -> tuple[int, int]:
    values = (
        {split_tag(child.tag)[1]: (child.text or "").strip() for child in element}
        if element is not None
        else {}
    )
    column, row = values.get("col", ""), values.get("row", "")
    return (int(column) + 1, int(row) + 1) if column.isdigit() and row.isdigit() else otherwise


def _reach(start: tuple[int, int], corners: dict[str, Element]) -> tuple[int, int]:
    extent = corners.get("ext")
    sizes = (extent.get("cx", ""), extent.get("cy", "")) if extent is not None else ("", "")
    if "from" not in corners or not all(size.isdigit() for size in sizes):
        return _LAST, _LAST
    return start[0] + int(sizes[0]) // _EMU_OF_ROW, start[1] + int(sizes[1]) // _EMU_OF_ROW


CHECK = Check(
    Lint(
        "drawing",
        "ECMA-376-1 20.5",
        "pictures, charts and shapes that lie over cells of the form, or of no known form",
    ),
    part=lambda part: _check(part) if part.kind == "drawing" else (),
)
