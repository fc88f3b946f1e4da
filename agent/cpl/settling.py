"""What the workbook's own lint observed, settled by whoever knows where the form is."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from agent.cpl.lints import DRAWING_BESIDE
from agent.findings import Area, Observation

if TYPE_CHECKING:
    # Whoever has no form starts without its reader.
    from agent.cpl.entries import SubmissionForm

_DRAWING: Final = "drawing"
_BESIDE: Final = "a picture, chart or shape lies beside the form"
_MERGED: Final = "form-merged"
_MOST: Final = 20
"""Merged cells of the form that are told one by one."""
_PRINT_AREA: Final = "print-area"
_NUMBER: Final = "form-number"
"""Codes under which the workbook's own lint observes what is settled here."""


def settle_observations(
    observations: Iterable[Observation], form: "SubmissionForm | None"
) -> tuple[Observation, ...]:
    """Tell what concerns the form from what does not; without one, drawings may lie over it."""
    settled = [kept for item in observations for kept in _settle(item, form)]
    merged = [item for item in settled if item.code == _MERGED]
    return (*(item for item in settled if item.code != _MERGED), *merged[:_MOST])


def _settle(item: Observation, form: "SubmissionForm | None") -> Iterator[Observation]:
    area = form.area if form else None
    if item.styles is not None:
        cells = (form.number_styles if item.code == _NUMBER else form.styles) if form else {}
        where = next((place for style, place in cells.items() if style in item.styles), "")
        if where:
            yield replace(item, where=where)
    elif item.code == _MERGED:
        if area and item.area and item.area.overlaps(area):
            yield item
    elif item.code == _PRINT_AREA:
        if area and not (item.area and (item.area.sheet != area.sheet or _contains(item.area, area))):
            yield item
    elif item.code == _DRAWING and area and item.area and not item.area.overlaps(area):
        yield replace(
            item, code=DRAWING_BESIDE.code, message="a picture, chart or shape lies beside the form"
        )
    else:
        yield item


def _contains(outer: Area, inner: Area) -> bool:
    return all(
        first[0] <= second[0] and second[1] <= first[1]
        for first, second in ((outer.columns, inner.columns), (outer.rows, inner.rows))
    )
