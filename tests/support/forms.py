"""Forms with other device types than the example's."""

from pathlib import Path

from openpyxl import load_workbook

from agent.cpl.layout import FORM_SHEET

HEADING = "Device type"
"""The heading of the column, as `iki cpl new` writes it."""


def retype_form(form: Path, *device_types: str) -> Path:
    """Give the example form's rows other device types, from the first row on; it must not be signed yet."""
    workbook = load_workbook(form)
    sheet = workbook[FORM_SHEET]
    (heading,) = (cell for row in sheet.iter_rows() for cell in row if cell.value == HEADING)
    for offset, device_type in enumerate(device_types, start=1):
        sheet.cell(heading.row + offset, heading.column).value = device_type
    workbook.save(form)
    return form
