"""The row that comes nearest to the headings of a form, where no row is one: what to put into a mapping."""

from collections.abc import Iterable

from agent.cpl.fields import FormField
from agent.cpl.mapping import FormMapping
from agent.formats.spreadsheet import CellKind, Row, Workbook, quote_sheet

_SHOWN = 12
"""Headings that are named one by one."""
_LONGEST = 40


def describe_nearest(workbook: Workbook, mapping: FormMapping) -> str:
    """Say which row has most of the headings, which are known and which are not; empty if none has any.

    Raises:
        DocumentError: the workbook is malformed or over a limit.

    """
    rows = [(sheet.name, row) for sheet, rows in workbook.first_rows(mapping.header_rows) for row in rows]
    if not rows:
        return ""
    name, row = max(rows, key=lambda item: len(_list_known(item[1], mapping)))
    known = _list_known(row, mapping)
    if not known:
        return ""
    texts = [(cell.text, mapping.find_field(cell.text)) for cell in row.cells if cell.kind is CellKind.STRING]
    unknown = [text for text, field in texts if field is None and text.strip()]
    missing = [field.words for field in mapping.required if field not in known]
    said = (
        f"row {row.number} of {quote_sheet(name)} comes nearest",
        f"known there: {_list(text for text, field in texts if field is not None)}",
        f"not known: {_list(unknown)}" if unknown else "",
        f"missing: {', '.join(sorted(missing))}",
    )
    return "; ".join(part for part in said if part)


def _list_known(row: Row, mapping: FormMapping) -> set[FormField]:
    found = {mapping.find_field(cell.text) for cell in row.cells if cell.kind is CellKind.STRING}
    return {field for field in found if field is not None}


def _list(texts: Iterable[str]) -> str:
    listed = [f"{text[:_LONGEST]!r}" for text in texts]
    more = f" and {len(listed) - _SHOWN} more" if len(listed) > _SHOWN else ""
    return ", ".join(listed[:_SHOWN]) + more
