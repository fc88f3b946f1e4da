"""Finding the workbook and its sheets."""

import pytest

from agent.errors import DocumentError
from agent.formats.spreadsheet import SpreadsheetLimits, open_workbook
from tests.cpl.parts import MAIN, OFFICE, Parts, Rel, package, worksheet

_MAIN_REL = Rel("main", f"{OFFICE}/officeDocument", "/xl/workbook.xml")
_SHEET_REL = Rel("s1", f"{OFFICE}/worksheet", "/xl/sheet1.xml")


def _package(
    workbook: str, *, root: tuple[Rel, ...] = (_MAIN_REL,), rels: tuple[Rel, ...] = (_SHEET_REL,)
) -> Parts:
    part = f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}">{workbook}</workbook>'.encode()
    parts = {"/xl/workbook.xml": part, "/xl/sheet1.xml": worksheet("")}
    return Parts(parts, {"/": root, "/xl/workbook.xml": rels})


def _sheets(attributes: str = 'name="A" r:id="s1"') -> str:
    return f"<sheets><sheet {attributes}/></sheets>"


@pytest.mark.parametrize(
    "root",
    [
        (),
        (_MAIN_REL, Rel("other", f"{OFFICE}/officeDocument", "/xl/other.xml")),
        (Rel("main", f"{OFFICE}/officeDocument", "", external=True),),
        (Rel("main", f"{OFFICE}/extended-properties", "/xl/workbook.xml"),),
    ],
)
def test_a_package_without_exactly_one_workbook_is_no_spreadsheet(root: tuple[Rel, ...]) -> None:
    """None, two, an external one, or another kind of relationship: no workbook."""
    with pytest.raises(DocumentError) as caught:
        open_workbook(_package(_sheets(), root=root))
    assert caught.value.code == "spreadsheet-no-workbook"


def test_another_main_part_is_no_workbook() -> None:
    """A main document whose root is not `workbook` is not taken for one."""
    parts = _package(_sheets())
    parts.parts = {"/xl/workbook.xml": worksheet("")}
    with pytest.raises(DocumentError) as caught:
        open_workbook(parts)
    assert caught.value.code == "spreadsheet-no-workbook"


@pytest.mark.parametrize(
    ("workbook", "rels"),
    [
        ("", (_SHEET_REL,)),
        ("<sheets/>", (_SHEET_REL,)),
        (_sheets('name="" r:id="s1"'), (_SHEET_REL,)),
        (_sheets('name="A"'), (_SHEET_REL,)),
        (_sheets('name="A" r:id="s2"'), (_SHEET_REL,)),
        (_sheets('name="A" r:id="s1" state="gone"'), (_SHEET_REL,)),
        (_sheets(), (Rel("s1", f"{OFFICE}/worksheet", "", external=True),)),
        (_sheets(), (_SHEET_REL, Rel("s1", f"{OFFICE}/worksheet", "/xl/sheet2.xml"))),
        (_sheets() + _sheets('name="B" r:id="s1"'), (_SHEET_REL,)),
        (
            '<sheets><sheet name="A" r:id="s1"/><sheet name="a" r:id="s2"/></sheets>',
            (_SHEET_REL, Rel("s2", "x", "/y")),
        ),
        ('<sheets><sheet name="A" r:id="s1"/><sheet name="B" r:id="s1"/></sheets>', (_SHEET_REL,)),
        ('<sheets><x><sheet name="A" r:id="s1"/></x></sheets>', (_SHEET_REL,)),
        ('<x><sheet name="A" r:id="s1"/></x>', (_SHEET_REL,)),
        (_sheets(), (_SHEET_REL, *(Rel(i, f"{OFFICE}/sharedStrings", f"/{i}") for i in "ab"))),
        (_sheets(), (_SHEET_REL, Rel("t", f"{OFFICE}/sharedStrings", "", external=True))),
    ],
)
def test_a_list_of_sheets_that_is_not_plain_is_malformed(workbook: str, rels: tuple[Rel, ...]) -> None:
    """Sheets without name, part or known state, twice, out of place, or outside the package are refused."""
    with pytest.raises(DocumentError) as caught:
        open_workbook(_package(workbook, rels=rels))
    assert caught.value.code == "spreadsheet-malformed"


def test_the_number_of_sheets_has_a_limit() -> None:
    """More sheets than allowed are over the limit."""
    parts = package({f"S{number}": worksheet("") for number in range(4)})
    with pytest.raises(DocumentError) as caught:
        open_workbook(parts, SpreadsheetLimits(max_sheets=3))
    assert caught.value.code == "spreadsheet-over-limit"


def test_a_chart_sheet_has_no_rows() -> None:
    """A sheet that is no worksheet is listed, and neither read nor searched."""
    rels = (Rel("s1", f"{OFFICE}/chartsheet", "/xl/chart1.xml"),)
    workbook = open_workbook(_package(_sheets(), rels=rels))
    assert [(sheet.name, sheet.is_worksheet) for sheet in workbook.sheets] == [("A", False)]
    assert list(workbook.sheets[0].rows()) == []
    assert workbook.first_rows(30) == ()


def test_a_missing_part_is_the_packages_error() -> None:
    """The reader passes on what the package says of a part that is not there."""
    parts = _package(_sheets())
    parts.parts = {"/xl/workbook.xml": parts.parts["/xl/workbook.xml"]}
    with pytest.raises(DocumentError) as caught:
        list(open_workbook(parts).sheets[0].rows())
    assert caught.value.code == "package-part-missing"
