"""Workbooks that openpyxl writes: the form alone, and with what people add to it."""

import io
from typing import Final

from openpyxl import Workbook, load_workbook
from openpyxl.chart import BarChart, Reference
from openpyxl.comments import Comment
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.table import Table
from openpyxl.worksheet.worksheet import Worksheet

from tests.support.workbooks.sheets import FORM_SHEET, example_form

_EXTRA_SHEETS: Final = 12


def build_rich_workbook() -> bytes:
    """Build the form with charts, hyperlinks, comments, a table and a list of allowed values."""
    workbook = load_workbook(io.BytesIO(example_form()))
    evidence = workbook.create_sheet("Evidence")
    for row in (("month", "failures"), ("May", 3), ("June", 1)):
        evidence.append(row)
    evidence.add_table(Table(displayName="Failures", ref="A1:B3"))
    _add_chart(evidence)
    evidence["D1"] = "test report"
    evidence["D1"].hyperlink = "https://example.com/reports/10A1"
    evidence["D2"].comment = Comment("Measured at 20 °C", "TEST Engineer")
    form = workbook[FORM_SHEET]
    form["B6"].comment = Comment("As on the label", "TEST Engineer")
    types = DataValidation(type="list", formula1='"ESME,GSME"')
    types.add("E6:E30")
    form.add_data_validation(types)
    return _save(workbook)


def build_workbook_of_many_sheets() -> bytes:
    """Build the form followed by a dozen sheets, each with a chart of its own."""
    workbook = load_workbook(io.BytesIO(example_form()))
    for number in range(1, _EXTRA_SHEETS + 1):
        sheet = workbook.create_sheet(f"Batch {number}")
        for row in (("serial", "result"), (number, number * number)):
            sheet.append(row)
        _add_chart(sheet)
    return _save(workbook)


def _add_chart(sheet: Worksheet) -> None:
    chart = BarChart()
    chart.add_data(Reference(sheet, min_col=2, min_row=1, max_row=sheet.max_row), titles_from_data=True)
    sheet.add_chart(chart, "F2")


def _save(workbook: Workbook) -> bytes:
    buffer = io.BytesIO()
    workbook.save(buffer)
    return buffer.getvalue()
