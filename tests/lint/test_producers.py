"""No false alarm: forms of every program that people use, plain and with what people put into them."""

from pathlib import Path

import pytest

from agent.findings import Level
from tests.lint.observing import content_findings
from tests.support.workbooks import PRODUCERS, Producer
from tests.support.workbooks.crafted import Crafted
from tests.support.workbooks.sheets import DOCUMENT, MAIN, example_form
from tests.support.workbooks.with_programs import convert_with_libreoffice

MARKUP = "http://schemas.openxmlformats.org/markup-compatibility/2006"


@pytest.mark.parametrize("producer", PRODUCERS, ids=lambda producer: producer.name)
def test_nothing_is_told_but_what_is_there(producer: Producer, tmp_path: Path) -> None:
    """Hidden lists and comments are warned of where there are any; nothing else is more than a note."""
    findings = content_findings(producer.build(tmp_path))
    assert {item.code for item in findings if item.level is not Level.INFORM} == set(producer.told)


def test_a_plain_form_saved_by_libreoffice_has_nothing(tmp_path: Path) -> None:
    """It writes hidden="false" into every row, heights, styles of its own, and extensions."""
    assert content_findings(convert_with_libreoffice(example_form(), ".xlsx", tmp_path)) == []


_OFFICE = "http://schemas.microsoft.com/office/spreadsheetml"
_FOLDER = (
    f'<mc:AlternateContent xmlns:mc="{MARKUP}"><mc:Choice Requires="x15"><x15ac:absPath url="C:\\cpl"'
    f' xmlns:x15ac="{_OFFICE}/2010/11/ac"/></mc:Choice></mc:AlternateContent>'
)
_EXTENSIONS = (
    '<ext uri="{140A7094-0E35-4892-8432-C4D2E57EDEB5}"/><ext uri="{B58B0392-4F1F-4190-BB64-5DF3571DCE5F}"/>'
)
_EXCEL_SHEET = Crafted(
    root=f'xmlns="{MAIN}" xmlns:r="{DOCUMENT}" xmlns:mc="{MARKUP}" mc:Ignorable="x14ac xr xr2"'
    f' xmlns:x14ac="{_OFFICE}/2009/9/ac" xmlns:xr="{_OFFICE}/2014/revision"'
    f' xmlns:xr2="{_OFFICE}/2015/revision2" xr:uid="{{00000000-0001-0000-0100-000000000000}}"',
    before='<dimension ref="A1:XFD9"/>'
    '<sheetViews><sheetView tabSelected="1" zoomScale="85" workbookViewId="0">'
    '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>'
    '<sheetFormatPr defaultRowHeight="15" x14ac:dyDescent="0.25" zeroHeight="1"/>'
    '<cols><col min="1" max="1" width="9.140625"/><col min="3" max="16384" width="0" hidden="1"/></cols>',
    rows='<row r="1" spans="1:2" ht="30" customHeight="1" x14ac:dyDescent="0.25"><c r="A1"><v>1</v></c>'
    '<c r="B1"><f>A1*2</f><v>2</v></c></row><row r="9" spans="1:2" hidden="1" x14ac:dyDescent="0.25"/>',
    after='<autoFilter ref="A1:B1" xr:uid="{00000000-0009-0000-0000-000000000000}"/>'
    '<mergeCells count="1"><mergeCell ref="A3:B3"/></mergeCells>'
    '<phoneticPr fontId="1" type="noConversion"/>'
    '<pageMargins left="0.7" right="0.7" top="0.75" bottom="0.75" header="0.3" footer="0.3"/><rowBreaks/>',
    changes=(
        ("xl/workbook.xml", "<bookViews>", f"{_FOLDER}<bookViews>"),
        ("xl/workbook.xml", "</workbook>", f"<extLst>{_EXTENSIONS}</extLst></workbook>"),
    ),
)


def test_what_excel_writes_into_every_workbook_says_nothing() -> None:
    """The folder of the file as an alternative, identities in namespaces of its own, unused columns."""
    assert content_findings(_EXCEL_SHEET.build()) == []
