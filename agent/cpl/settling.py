"""What the workbook's own lint observed, settled by whoever knows where the form is."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from agent.cpl.lints import DRAWING_BESIDE, RUN_BESIDE
from agent.findings import Area, Observation
from agent.formats.spreadsheet.cells import quote_sheet

if TYPE_CHECKING:
    # Whoever has no form starts without its reader.
    from agent.cpl.entries import SubmissionForm

_DRAWING: Final = "drawing"
_BESIDE: Final = "a picture, chart or shape lies beside the form"
_MERGED: Final = "form-merged"
_NARROW: Final = "form-narrow"
_PRINT_AREA: Final = "print-area"
_NUMBER: Final = "form-number"
_ENTRY: Final = "form-entry-format"
_STRUCK: Final = "text-run-struck"
"""Codes under which the workbook's own lint observes what is settled here."""
_MANY: Final = (_MERGED, _STRUCK, RUN_BESIDE.code)
_MOST: Final = 20
"""Places of one of those that are told one by one."""
_TWICE: Final = 2
"""Small letters, or a second line, show twice the characters that a column has room for."""
_Places = Mapping[str, list[tuple[int | None, str]]]
"""Text to the cells of the form that say it: their format, if it is known, and their place."""


def settle_observations(
    observations: Iterable[Observation], form: "SubmissionForm | None"
) -> tuple[Observation, ...]:
    """Tell what concerns the form from what does not; without one, drawings may lie over it."""
    observed = tuple(observations)
    places = _find_texts({item.text.text for item in observed if item.text}, form)
    settled = [kept for item in observed for kept in _settle(item, form, places)]
    many = [[item for item in settled if item.code == code][:_MOST] for code in _MANY]
    return (*(item for item in settled if item.code not in _MANY), *(item for kept in many for item in kept))


def _settle(item: Observation, form: "SubmissionForm | None", places: _Places) -> Iterator[Observation]:
    area = form.area if form else None
    if item.styles is not None:
        where = _find_style(item, form) if form else ""
        if where:
            yield replace(item, where=where)
    elif item.text is not None or item.code == _STRUCK:
        yield from _settle_text(item, form, places)
    elif item.code in (_MERGED, _NARROW):
        if form and area and item.area and item.area.overlaps(area):
            yield from (item,) if item.code == _MERGED else _settle_width(item, form)
    elif item.code == _PRINT_AREA:
        if area and not (item.area and (item.area.sheet != area.sheet or _contains(item.area, area))):
            yield item
    elif item.code == _DRAWING and area and item.area and not item.area.overlaps(area):
        yield replace(item, code=DRAWING_BESIDE.code, message=_BESIDE)
    else:
        yield item


def _find_style(item: Observation, form: "SubmissionForm") -> str:
    """Find the first cell of the form with one of these formats; empty when there is none."""
    tables = {_NUMBER: (form.number_styles,), _ENTRY: (form.entry_styles,)}
    found = (
        place
        for cells in tables.get(item.code, (form.heading_styles, form.entry_styles))
        for style, place in cells.items()
        if style in (item.styles or ())
    )
    return next(found, "")


def _settle_text(item: Observation, form: "SubmissionForm | None", places: _Places) -> Iterator[Observation]:
    """Settle what is about a piece of text: a colour matters in the form alone."""
    of_format = item.text.styles if item.text else ()
    if form is None:
        if item.code == _STRUCK:
            yield item
        return
    if item.text:
        found = (
            place
            for style, place in places.get(item.text.text, ())
            if style is None or not of_format or style in of_format
        )
        where = next(found, "")
    else:
        is_of_form = item.area is None or (form.area is not None and item.area.overlaps(form.area))
        where = item.where if is_of_form else ""
    if where:
        yield replace(item, where=where)
    elif item.code == _STRUCK:
        yield replace(item, code=RUN_BESIDE.code)


def _find_texts(texts: set[str], form: "SubmissionForm | None") -> _Places:
    places: dict[str, list[tuple[int | None, str]]] = {}
    if not texts or form is None:
        return places
    sheet = quote_sheet(form.sheet)
    for column in form.columns.values():
        if column.heading in texts:
            places.setdefault(column.heading, []).append((None, f"{sheet}!{column.heading!r}"))
    for entry in form.entries:
        for cell in entry.cells.values():
            if cell.text in texts:
                places.setdefault(cell.text, []).append((cell.style_index, f"{sheet}!{cell.reference}"))
    return places


def _settle_width(item: Observation, form: "SubmissionForm") -> Iterator[Observation]:
    """Tell of a column of the form that shows less than half of what one of its cells holds."""
    for named, column in form.columns.items():
        if not (item.area and item.area.columns[0] <= column.number <= item.area.columns[1]):
            continue
        for entry in form.entries:
            if len(entry.value(named)) > _TWICE * (item.room or 0):
                yield replace(item, where=f"{quote_sheet(form.sheet)}!{form.reference(entry, named)}")
                return


def _contains(outer: Area, inner: Area) -> bool:
    return all(
        first[0] <= second[0] and second[1] <= first[1]
        for first, second in ((outer.columns, inner.columns), (outer.rows, inner.rows))
    )
