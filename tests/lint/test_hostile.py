"""Whatever stands in a workbook, the content lint comes to an end, and soon."""

from dataclasses import replace
from typing import Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.lint.observing import verify
from tests.support.workbooks.crafted import Crafted, with_formula, with_style
from tests.support.workbooks.sheets import form_parts

_BEFORE: Final = '<cols><col min="2" max="3" hidden="1" width="9"/></cols>'
_ROWS: Final = (
    '<row r="1" ht="0.5" hidden="1"><c r="B1" s="16" t="str"><f t="shared" ref="B1:B2">NOW()</f><v>7</v></c>'
    '<c r="C1" t="inlineStr"><is><r><rPr><color theme="0" tint="0.1"/><sz val="1"/></rPr>'
    "<t>x</t></r></is></c></row>"
)
_AFTER: Final = '<mergeCells count="1"><mergeCell ref="B1:C2"/></mergeCells><drawing r:id="rId90"/>'
_STYLED: Final = with_style('<xf numFmtId="200" fontId="9" fillId="4"/>', _ROWS, code=";;;")
_RICH: Final = replace(_STYLED, before=_BEFORE, after=_AFTER)
_ODD: Final = (
    *("²", "٣", "9" * 5000, "-1", "1e999", "nan", "", " 1 ", "0x1", "&#65;", "\U0001f600", "A1:B", "1_0"),
)


@pytest.mark.parametrize("value", _ODD, ids=ascii)
@pytest.mark.parametrize(
    "old",
    [
        *('ht="0.5"', 'r="1"', 's="16"', 'min="2"', 'max="3"', 'width="9"', 'theme="0"', 'tint="0.1"'),
        *('val="1"', 'ref="B1:C2"', 'hidden="1"'),
    ],
)
def test_an_odd_value_is_no_defect(old: str, value: str) -> None:
    """A digit of another script, a number of five thousand digits, nothing at all."""
    new = f'{old.partition("=")[0]}="{value}"'
    texts = {name: getattr(_RICH, name).replace(old, new, 1) for name in ("before", "rows", "after")}
    assert verify(replace(_RICH, **texts).build()).findings


@pytest.mark.parametrize("value", _ODD, ids=ascii)
@pytest.mark.parametrize("old", ['numFmtId="200" formatCode', 'fontId="9"', 'fillId="4"'])
def test_an_odd_value_in_the_styles_is_no_defect(old: str, value: str) -> None:
    """The same in what the cells refer to."""
    name = old.partition("=")[0]
    new = f'{name}="{value}"' + (" formatCode" if "formatCode" in old else "")
    changes = tuple((part, before, after.replace(old, new)) for part, before, after in _RICH.changes)
    assert verify(replace(_RICH, changes=changes).build()).findings


_PARTS: Final = ("xl/worksheets/sheet2.xml", "xl/styles.xml", "xl/workbook.xml", "xl/theme/theme1.xml")
_TOKENS: Final = ("<x/>", "<!--", "<![CDATA[", "]]>", "&#0;", '"', ">", "xmlns=''")


@given(
    part=st.sampled_from(_PARTS),
    place=st.floats(0, 1),
    cut=st.integers(0, 20),
    put=st.text(max_size=8) | st.sampled_from(_TOKENS),
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_changed_part_is_no_defect(part: str, place: float, cut: int, put: str) -> None:
    """Any cut and any insertion anywhere ends in a verdict."""
    if part == "xl/worksheets/sheet2.xml":
        sheet = f"<worksheet {_RICH.root}>{_BEFORE}<sheetData>{_ROWS}</sheetData>{_AFTER}</worksheet>"
        start = round(place * len(sheet))
        crafted = replace(_RICH, sheet=(sheet[:start] + put + sheet[start + cut :]).encode(errors="replace"))
    else:
        text = form_parts()[part].decode()
        start = round(place * len(text))
        changed = (text[:start] + put + text[start + cut :]).encode(errors="replace")
        crafted = Crafted(rows=_ROWS, before=_BEFORE, parts={part: changed})
    assert verify(_build(crafted)).verdict


def _build(crafted: Crafted) -> bytes:
    """Build it; where the change took away the second sheet's name, keep it."""
    try:
        return crafted.build()
    except AssertionError:
        return Crafted().build()


_LONG: Final = 400_000
_COLUMN: Final = '<col min="1" max="16384" hidden="1"/>'
_SHARED: Final = '<xf fontId="9" fillId="4"/>'
_STOP: Final = '<stop position="0"><color rgb="FF000000"/></stop>'
_MERGED: Final = '<mergeCell ref="E1:E1048576"/>'


@pytest.mark.parametrize(
    "crafted",
    [
        with_formula("A" * _LONG),
        with_formula("'" * _LONG),
        with_formula("[" * _LONG),
        with_formula("A1 " * _LONG),
        with_formula('"' + "x" * _LONG),
        with_style('<xf numFmtId="200"/>', _ROWS, code="[" * _LONG),
        with_style('<xf numFmtId="200"/>' * 66_000, _ROWS),
        with_style(_SHARED * 20_000, _ROWS, fill=f"<gradientFill>{_STOP * 20_000}</gradientFill>"),
        with_style(_SHARED * 20_000, _ROWS, font="<b/>" * 20_000),
        Crafted(before=f"<cols>{_COLUMN * 30_000}</cols>", rows=_ROWS),
        Crafted(after=f"<mergeCells>{_MERGED * 30_000}</mergeCells>"),
        Crafted(rows=_ROWS * 10_000, after=f"<mergeCells>{_MERGED * 19_000}</mergeCells>"),
        Crafted(rows=f'<row r="1">{"<f " * _LONG}'),
    ],
    ids=lambda _: "",
)
def test_length_costs_no_more_than_its_octets(crafted: Crafted) -> None:
    """Nothing is searched once for each of its octets: that would not come to an end while anybody waits."""
    assert verify(crafted.build()).verdict
