"""What only somebody who knows the form can tell: formulas in its cells, and content beside them."""

import io
from collections.abc import Callable
from dataclasses import replace

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from agent.findings import Level
from tests.lint.observing import content_findings, observed
from tests.lint.workbook_cases import WORKBOOK_CASES
from tests.support.workbooks.sheets import FORM_SHEET, example_form

_HEADER, _ENTRY = 5, 6
_BEYOND = 18
"""The form's last column is P, the sixteenth."""


def _change(change: Callable[[Worksheet], None]) -> bytes:
    workbook = openpyxl.load_workbook(io.BytesIO(example_form()))
    change(workbook[FORM_SHEET])
    buffer = io.BytesIO()
    workbook.save(buffer)
    return buffer.getvalue()


def _set(row: int, column: int, value: str) -> bytes:
    return _change(lambda sheet: sheet.cell(row, column).__setattr__("value", value))


@pytest.mark.parametrize(
    ("workbook", "expected"),
    [
        (_set(_ENTRY, 4, "=1+1"), {"form-formula": ["'CPL submission'!D6"]}),
        (_set(_ENTRY, _BEYOND, "FF"), {"cells-outside-form": ["'CPL submission'!R6"]}),
        (_set(900, _BEYOND, "FF"), {"cells-outside-form": ["'CPL submission'!R900"]}),
        (_set(2, _BEYOND, "FF"), {"cells-outside-form": ["'CPL submission'!R2"]}),
        (_set(2, 3, "for the meter team"), {}),
        (_set(2, 3, '="for "&"the meter team"'), {"title-formula": ["'CPL submission'!C2"]}),
        (_set(_HEADER, _BEYOND, "Remarks"), {}),
        (_set(_ENTRY, _BEYOND, "   "), {}),
    ],
)
def test_the_form_is_told_from_what_stands_beside_it(workbook: bytes, expected: dict[str, list[str]]) -> None:
    """A column without a heading is nobody's; a title above the headings is the form's."""
    assert observed(workbook) == expected


def test_a_column_with_an_unknown_heading_is_told_of_once() -> None:
    """It is seen, so it does not deceive; but it was not read."""

    def add(sheet: Worksheet) -> None:
        for row, text in ((_HEADER, "Remarks"), (_ENTRY, "none"), (_ENTRY + 1, "none")):
            sheet.cell(row, _BEYOND).value = text

    (finding,) = content_findings(_change(add))
    assert (finding.code, finding.level, finding.where) == (
        *("column-not-read", Level.INFORM, "'CPL submission'!R6"),
    )


def test_merged_cells_of_the_form_are_told() -> None:
    """Those above its headings and on other sheets are nobody's; of very many twenty are named."""

    def merge(sheet: Worksheet) -> None:
        for cells in ("A1:C1", "E6:E7"):
            sheet.merge_cells(cells)

    assert observed(_change(merge)) == {"form-merged": ["'CPL submission'!E6:E7"]}

    def merge_many(sheet: Worksheet) -> None:
        for row in range(8, 30):
            sheet.cell(row, 1).value = "x"
            sheet.merge_cells(f"B{row}:C{row}")

    assert len(observed(_change(merge_many))["form-merged"]) == 20


def test_many_cells_outside_are_counted() -> None:
    """Five are named, the others are one finding more."""

    def fill(sheet: Worksheet) -> None:
        for row in range(10, 30):
            sheet.cell(row, _BEYOND).value = "x"

    assert len(observed(_change(fill))["cells-outside-form"]) == 6


def test_without_a_known_form_any_drawing_may_hide_it() -> None:
    """A logo far from the form is one over it, when nobody can say where the form is."""
    (logo,) = (case.crafted for case in WORKBOOK_CASES if case.what == "a logo to the right")
    unknown = replace(logo, changes=(("xl/worksheets/sheet1.xml", ">Manufacturer<", ">Maker<"),))
    assert set(observed(logo.build())) == {"drawing-beside-form"}
    assert set(observed(unknown.build())) == {"drawing"}


def test_more_drawings_than_anybody_makes_are_one_finding() -> None:
    """A hundred are told apart; of more it is said that they lie over the cells."""
    (logo,) = (case.crafted for case in WORKBOOK_CASES if case.what == "a logo to the right")
    text = logo.parts["xl/added.xml"].decode()
    start, end = text.index("<xdr:twoCellAnchor>"), text.index("</xdr:wsDr>")
    many = text[:start] + text[start:end] * 101 + text[end:]
    crafted = replace(logo, parts={"xl/added.xml": many.encode()})
    assert observed(crafted.build()) == {"drawing": ["'CPL submission'"]}


_PICTURE = (
    '<xdr:pic><xdr:nvPicPr><xdr:cNvPr id="2" name="logo"/><xdr:cNvPicPr/></xdr:nvPicPr>'
    '<xdr:blipFill><a:blip/><a:stretch><a:fillRect/></a:stretch></xdr:blipFill><xdr:spPr><a:xfrm rot="0"/>'
    '<a:prstGeom prst="rect"><a:avLst/></a:prstGeom></xdr:spPr></xdr:pic><xdr:clientData/>'
)
_SHAPE = (
    '<xdr:sp><xdr:spPr><a:xfrm/><a:prstGeom prst="rect"><a:avLst/></a:prstGeom><a:ln w="9525"/></xdr:spPr>'
    '<xdr:txBody><a:bodyPr vertOverflow="clip" horzOverflow="clip"/><a:p><a:r><a:t>Draft</a:t></a:r></a:p>'
    "</xdr:txBody></xdr:sp><xdr:clientData/>"
)


def _drawn(shape: str, old: str = "", new: str = "") -> set[str]:
    (logo,) = (case.crafted for case in WORKBOOK_CASES if case.what == "a logo to the right")
    text = logo.parts["xl/added.xml"].decode().replace("<xdr:sp/>", shape, 1)
    text = text.replace(
        "<xdr:wsDr ", '<xdr:wsDr xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    )
    assert old in text
    return set(observed(replace(logo, parts={"xl/added.xml": text.replace(old, new, 1).encode()}).build()))


@pytest.mark.parametrize("shape", [_PICTURE, _SHAPE, "<xdr:graphicFrame/>"])
def test_a_plain_picture_shape_or_chart_stays_within_its_cells(shape: str) -> None:
    """Beside the form it is no more than a note."""
    assert _drawn(shape) == {"drawing-beside-form"}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("</xdr:row></xdr:from>", "</xdr:row><xdr:colOff>-15000000</xdr:colOff></xdr:from>"),
        (
            "<xdr:to><xdr:col>17</xdr:col><xdr:row>0</xdr:row>",
            "<xdr:to><xdr:col>2</xdr:col><xdr:row>5</xdr:row>",
        ),
        ("<xdr:twoCellAnchor>", '<xdr:twoCellAnchor editAs="absolute">'),
        ("<a:xfrm/>", '<a:xfrm rot="5400000"/>'),
        ("<a:avLst/>", '<a:avLst><a:gd name="adj1" fmla="val -700000"/></a:avLst>'),
        ('prst="rect"', 'prst="wedgeRectCallout"'),
        ('<a:prstGeom prst="rect"><a:avLst/></a:prstGeom>', "<a:custGeom/>"),
        ('w="9525"', 'w="2000000"'),
        ('<a:ln w="9525"/>', '<a:ln w="9525"/><a:effectLst><a:outerShdw dist="9000000"/></a:effectLst>'),
        ('<a:ln w="9525"/></xdr:spPr>', '</xdr:spPr><xdr:style><a:lnRef idx="2"/></xdr:style>'),
        ("<xdr:txBody>", '<xdr:style><a:effectRef idx="2"/></xdr:style><xdr:txBody>'),
        (' horzOverflow="clip"', ""),
        (_SHAPE, f"<xdr:grpSp>{_SHAPE}</xdr:grpSp>"),
    ],
)
def test_a_drawing_of_which_nobody_can_say_where_it_ends_lies_over_the_form(old: str, new: str) -> None:
    """Rotated, bent, wide, shadowed, or with text that runs over."""
    assert _drawn(_SHAPE, old, new) == {"drawing"}
