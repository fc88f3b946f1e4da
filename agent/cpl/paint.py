"""How the rehearsal form is drawn: fonts, fills, widths and the printed page."""

from typing import Final, Literal, cast

from openpyxl.cell.cell import Cell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Protection, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.header_footer import HeaderFooterItem, _HeaderFooterPart
from openpyxl.worksheet.page import PageMargins
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from agent.cpl.fields import FieldKind
from agent.cpl.layout import (
    CELL_RULES,
    COLUMNS,
    FIRST_ENTRY_ROW,
    GROUP_ROW,
    HEADER_ROW,
    HINT_ROW,
    PREPARED_ROWS,
    PURPOSE,
    STEPS,
    SUBTITLE,
    TITLE,
)

_NAVY: Final = "1F3864"
_PALE: Final = "DCE6F2"
_GREY: Final = "BFBFBF"
_MUTED: Final = "595959"
_FORMATS: Final = {
    FieldKind.TEXT: "@",
    FieldKind.HEX: "@",
    FieldKind.VERSION: "@",
    FieldKind.HASH: "@",
    FieldKind.DATE: "dd mmm yyyy",
}
# Faces that every desktop has under these names or with the same widths.
_LINE_POINTS: Final = 14.0
_PAGE_CHARACTERS: Final = 112
_NOTE_CHARACTERS: Final = 84
_FACE: Final = "Arial"
_FIXED_FACE: Final = "Courier New"
_TITLE_FONT: Final = Font(name=_FACE, size=16, bold=True, color=_NAVY)
_SUBTITLE_FONT: Final = Font(name=_FACE, size=10, italic=True, color=_MUTED)
_HEAD_FONT: Final = Font(name=_FACE, size=10, bold=True, color="FFFFFF")
_HINT_FONT: Final = Font(name=_FACE, size=8, italic=True, color=_NAVY)
_GROUP_FONT: Final = Font(name=_FACE, size=10, bold=True, color=_NAVY)
_BODY_FONT: Final = Font(name=_FACE, size=10)
_FIXED_FONT: Final = Font(name=_FIXED_FACE, size=10)
_HEAD_FILL: Final = PatternFill("solid", fgColor=_NAVY)
_GROUP_FILL: Final = PatternFill("solid", fgColor=_PALE)
_THIN: Final = Side(style="thin", color=_GREY)
_BOX: Final = Border(left=_THIN, right=_THIN, top=_THIN, bottom=_THIN)
_WRAPPED: Final = Alignment(wrap_text=True, horizontal="left", vertical="center", indent=1)
_CENTRED: Final = Alignment(wrap_text=True, horizontal="center", vertical="center")
_OPEN: Final = Protection(locked=False)
_LOCKED: Final = Protection(locked=True)
_TOP: Final = Alignment(wrap_text=True, vertical="top")


def paint_form(sheet: Worksheet) -> None:
    """Draw the title, the headers and the page of the form sheet."""
    _put(sheet, (1, 1), TITLE, _TITLE_FONT)
    _put(sheet, (2, 1), SUBTITLE, _SUBTITLE_FONT)
    groups = [column.group for column in COLUMNS]
    for number, column in enumerate(COLUMNS, 1):
        # Centred across its columns instead of merged: every cell of the form stays its own cell.
        first = groups.index(column.group) == number - 1
        group = _put(sheet, (GROUP_ROW, number), column.group if first else None, _GROUP_FONT)
        group.fill, group.alignment = _GROUP_FILL, Alignment(horizontal="centerContinuous", vertical="center")
        head = _put(sheet, (HEADER_ROW, number), column.header, _HEAD_FONT)
        head.fill, head.border, head.alignment = _HEAD_FILL, _BOX, _CENTRED
        dimension = sheet.column_dimensions[get_column_letter(number)]
        # Text format for the whole column: rows below the prepared ones keep their zeros too.
        dimension.width, dimension.number_format = column.width, _FORMATS[column.kind]
        dimension.protection = _OPEN
        hint = _put(sheet, (HINT_ROW, number), column.hint, _HINT_FONT)
        hint.fill, hint.alignment = _GROUP_FILL, _CENTRED
        for row in (1, 2):
            # What a column unlocks, the rows above its heading lock again.
            sheet.cell(row, number).protection = _LOCKED
    sheet.row_dimensions[1].height = 24
    sheet.row_dimensions[GROUP_ROW].height = 18
    sheet.row_dimensions[HINT_ROW].height = 40
    sheet.row_dimensions[HEADER_ROW].height = 48
    sheet.freeze_panes = f"C{FIRST_ENTRY_ROW}"
    sheet.sheet_view.showGridLines = False
    sheet.sheet_view.zoomScale = 90
    _set_page(sheet, "landscape")
    sheet.print_title_rows = f"{GROUP_ROW}:{HEADER_ROW}"


def paint_entry_rows(sheet: Worksheet, used: int) -> None:
    """Draw empty rows for entries: as many as are prepared, or as are used if those are more."""
    last = FIRST_ENTRY_ROW + max(used, PREPARED_ROWS)
    for row in range(FIRST_ENTRY_ROW, last):
        sheet.row_dimensions[row].height = 28
        for number, column in enumerate(COLUMNS, 1):
            _format_entry(sheet, (row, number), column.kind)
    sheet.print_area = f"A1:{get_column_letter(len(COLUMNS))}{last - 1}"


def _format_entry(sheet: Worksheet, place: tuple[int, int], kind: FieldKind) -> None:
    cell = _put(sheet, place, None, _FIXED_FONT if kind in (FieldKind.HEX, FieldKind.HASH) else _BODY_FONT)
    cell.border, cell.number_format, cell.protection = _BOX, _FORMATS[kind], _OPEN
    cell.alignment = _CENTRED if kind is FieldKind.DATE else _WRAPPED


def paint_instructions(sheet: Worksheet) -> None:
    """Draw the sheet that says what the form is, how to use it, and what belongs in each column."""
    for letter, width in (("A", 5), ("B", 30), ("C", 78)):
        sheet.column_dimensions[letter].width = width
    _put(sheet, (1, 1), TITLE, _TITLE_FONT)
    sheet.row_dimensions[1].height = 24
    row = _paragraph(sheet, 3, "", PURPOSE)
    row = _heading(sheet, row + 1, "How to use it")
    for number, text in enumerate(STEPS, 1):
        row = _paragraph(sheet, row, f"{number}.", text)
    row = _heading(sheet, row + 1, "What belongs in the columns")
    row = _paragraph(sheet, row, "", CELL_RULES)
    _paint_columns(sheet, row + 1)
    sheet.sheet_view.showGridLines = False
    _set_page(sheet, "portrait")


def _heading(sheet: Worksheet, row: int, text: str) -> int:
    _put(sheet, (row, 1), text, Font(name=_FACE, size=13, bold=True, color=_NAVY))
    sheet.row_dimensions[row].height = 20
    return row + 1


def _paragraph(sheet: Worksheet, row: int, mark: str, text: str) -> int:
    first = 2 if mark else 1
    if mark:
        _put(sheet, (row, 1), mark, _BODY_FONT).alignment = Alignment(horizontal="right", vertical="top")
    _put(sheet, (row, first), text, _BODY_FONT).alignment = _TOP
    sheet.merge_cells(start_row=row, end_row=row, start_column=first, end_column=3)
    sheet.row_dimensions[row].height = _height(text, _PAGE_CHARACTERS)
    return row + 1


def _paint_columns(sheet: Worksheet, row: int) -> None:
    lines = (("Column", "What belongs there"), *((column.header, column.note) for column in COLUMNS))
    for number, texts in enumerate(lines, row):
        for column, text in enumerate(texts, 2):
            cell = _put(sheet, (number, column), text, _BODY_FONT if number > row else _HEAD_FONT)
            cell.border, cell.alignment = _BOX, _WRAPPED
            if number == row:
                cell.fill = _HEAD_FILL
        sheet.row_dimensions[number].height = _height(texts[1], _NOTE_CHARACTERS) + 4


def _height(text: str, characters: int) -> float:
    # No program fits the height of a merged cell by itself, so lines are counted, in points.
    return _LINE_POINTS * (1 + len(text) // characters)


def _put(sheet: Worksheet, place: tuple[int, int], text: str | None, font: Font) -> Cell:
    cell = cast(Cell, sheet.cell(*place))
    cell.value, cell.font = text, font
    return cell


def _set_page(sheet: Worksheet, orientation: Literal["landscape", "portrait"]) -> None:
    sheet.page_setup.orientation = orientation
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.page_margins = PageMargins(left=0.4, right=0.4, top=0.5, bottom=0.75, header=0.3, footer=0.3)
    left = _HeaderFooterPart("Rehearsal form, not SECAS's own")
    sheet.HeaderFooter.oddFooter = HeaderFooterItem(left=left, right=_HeaderFooterPart("&A, page &P of &N"))
