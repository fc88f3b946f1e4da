"""A new submission form for rehearsals. Pure: the same arguments give the same octets.

(Across versions of zlib and openpyxl the octets may differ; what the form says does not.)
"""

import io
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import zip_longest
from typing import Final

from openpyxl import Workbook
from openpyxl.xml.functions import tostring

from agent.cpl.example import Value, Values, example_entries
from agent.cpl.fields import FormField
from agent.cpl.image import format_image_hash
from agent.cpl.layout import COLUMNS, FIRST_ENTRY_ROW, FORM_SHEET, INSTRUCTIONS_SHEET, TITLE
from agent.cpl.paint import paint_entry_rows, paint_form, paint_instructions
from agent.formats.spreadsheet import restamp_workbook

_CORE_PROPERTIES: Final = "docProps/core.xml"


def build_form(*, example: bool, created: datetime, image_hashes: Sequence[bytes] = ()) -> bytes:
    """Build the form, as the octets of an .xlsx file.

    Args:
        example: fill two plausible rows, an ESME and a GSME: both Devices, so one Supplier can countersign.
        created: the aware instant that the document's properties give; examples end some years after it.
        image_hashes: Hashes for the first rows, in order; example rows left over keep their own.

    Raises:
        UsageError: `image-hash-malformed` when one is not 32 octets.

    """
    workbook = Workbook()
    workbook.remove(workbook.worksheets[0])
    form = workbook.create_sheet(FORM_SHEET)
    rows = _list_rows(example, created, image_hashes)
    paint_form(form)
    paint_entry_rows(form, len(rows))
    for number, values in enumerate(rows, FIRST_ENTRY_ROW):
        for column, place in enumerate(COLUMNS, 1):
            if place.field in values:
                form.cell(number, column, values[place.field])
    paint_instructions(workbook.create_sheet(INSTRUCTIONS_SHEET))
    return _save(workbook, created)


def _list_rows(example: bool, created: datetime, image_hashes: Sequence[bytes]) -> list[Values]:
    hashes = [format_image_hash(image_hash) for image_hash in image_hashes]
    examples = example_entries(created.astimezone(UTC).year) if example else ()
    rows: list[Values] = []
    for values, digits in zip_longest(examples, hashes):
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
