"""What the rehearsal form lets one type: lists, lengths and dates, and headings that stay as they are.

Hints stand in a row of their own and in the message that a wrong value gets, not in prompts: those are shown
beside the cells, and the content lint tells whoever signs of every text that is.
"""

from collections.abc import Iterator
from typing import Final

from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from agent.cpl.fields import FieldKind
from agent.cpl.layout import COLUMNS, FIRST_ENTRY_ROW, Column

_LAST_ROW: Final = FIRST_ENTRY_ROW + 9_999
_FIRST_DAY: Final = 36_526
"""1 January 2000 as a cell holds it: whoever types a year of two digits is told."""


def guard_form(sheet: Worksheet) -> None:
    """Lock the headings, and let each column take only what belongs there."""
    for number, column in enumerate(COLUMNS, 1):
        letter = get_column_letter(number)
        for validation in _list_validations(column):
            validation.showErrorMessage, validation.showInputMessage = True, False
            validation.errorTitle, validation.error = column.header[:32], column.note[:225]
            validation.add(f"{letter}{FIRST_ENTRY_ROW}:{letter}{_LAST_ROW}")
            sheet.add_data_validation(validation)
    # No password: this keeps a hand from slipping, and nobody out.
    protection = sheet.protection
    protection.sheet = True
    protection.formatCells = protection.formatColumns = protection.formatRows = False
    protection.insertRows = protection.deleteRows = protection.sort = protection.autoFilter = False


def _list_validations(column: Column) -> Iterator[DataValidation]:
    if column.choices:
        yield DataValidation("list", f'"{",".join(column.choices)}"', allow_blank=True)
    elif column.kind is FieldKind.DATE:
        yield DataValidation("date", str(_FIRST_DAY), operator="greaterThanOrEqual", allow_blank=True)
    elif column.characters:
        least, most = map(str, column.characters)
        yield DataValidation("textLength", least, formula2=most, operator="between", allow_blank=True)
