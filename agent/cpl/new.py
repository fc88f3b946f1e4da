"""A new submission form for rehearsals. Pure: the same arguments give the same octets.

(Across versions of zlib and openpyxl the octets may differ; what the form says does not.)
"""

import io
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import zip_longest
from typing import Final, cast

from openpyxl import Workbook
from openpyxl.cell.cell import Cell
from openpyxl.xml.functions import tostring

from agent.cpl.example import Value, Values, example_entries
from agent.cpl.fields import FormField
from agent.cpl.guard import guard_form
from agent.cpl.image import format_image_hash
from agent.cpl.layout import COLUMNS, FIRST_ENTRY_ROW, FORM_SHEET, INSTRUCTIONS_SHEET, TITLE
from agent.cpl.paint import paint_entry_rows, paint_form, paint_instructions
from agent.formats.spreadsheet import restamp_workbook

_CORE_PROPERTIES: Final = "docProps/core.xml"
_ESCAPED: Final = re.compile(r"_x(?=[0-9A-Fa-f]{4}_)")
"""What a reader would take for a character written as its number (ECMA-376 part 1, clause 22.9.2.19)."""


def build_form(
    *, example: bool, created: datetime, image_hashes: Sequence[bytes] = (), entries: Sequence[Values] = ()
) -> bytes:
    """Build the form, as the octets of an .xlsx file.

    Args:
        example: fill two plausible rows, an ESME and a GSME: both Devices, so one Supplier can countersign.
        created: the aware instant that the document's properties give; examples end some years after it.
        image_hashes: Hashes for the first rows, in order; example rows left over keep their own.
        entries: what other rows say, after those of the example.

    Raises:
        UsageError: `image-hash-malformed` when one is not 32 octets.

    """
    workbook = Workbook()
    workbook.remove(workbook.worksheets[0])
    form = workbook.create_sheet(FORM_SHEET)
    rows = _list_rows(example, created, image_hashes, entries)
    paint_form(form)
    paint_entry_rows(form, len(rows))
    guard_form(form)
    for number, values in enumerate(rows, FIRST_ENTRY_ROW):
        for column, place in enumerate(COLUMNS, 1):
            value = values.get(place.field)
            if value is not None:
                _fill(cast(Cell, form.cell(number, column)), value)
    paint_instructions(workbook.create_sheet(INSTRUCTIONS_SHEET))
    return _save(workbook, created)


def _fill(cell: Cell, value: Value) -> None:
    """Write a date as a date, and a text as a text whatever it begins with and whatever it looks like."""
    if isinstance(value, str):
        cell.value, cell.data_type = _ESCAPED.sub("_x005F_x", value), "s"
    else:
        cell.value = value


def _list_rows(
    example: bool, created: datetime, image_hashes: Sequence[bytes], entries: Sequence[Values]
) -> list[Values]:
    hashes = [format_image_hash(image_hash) for image_hash in image_hashes]
    examples = example_entries(created.astimezone(UTC).year) if example else ()
    rows: list[Values] = []
    for values, digits in zip_longest((*examples, *entries), hashes):
        row: dict[FormField, Value] = dict(values or {})
        if digits is not None:
            row[FormField.IMAGE_HASH] = digits
        rows.append(row)
    return rows


def _save(workbook: Workbook, created: datetime) -> bytes:
    moment = created.astimezone(UTC).replace(tzinfo=None, microsecond=0)
    properties = workbook.properties
    properties.title, properties.creator, properties.created = TITLE, "iki", moment
    buffer = io.BytesIO()
    workbook.save(buffer)
    # Saving writes the wall clock into the properties and into the zip; both say `created` instead.
    properties.modified = moment
    return restamp_workbook(buffer.getvalue(), created, {_CORE_PROPERTIES: tostring(properties.to_tree())})
