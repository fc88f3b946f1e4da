"""What programs write takes the fast road through a sheet, and a strange row does not end it."""

import io
from collections.abc import Sequence

import pytest
from lxml.etree import _Element as Element

from agent.formats.spreadsheet import DEFAULT_LIMITS, SpreadsheetLimits, open_workbook
from agent.formats.spreadsheet.cells import UnresolvedRow
from agent.formats.spreadsheet.plain_sheet import NotPlain, PlainSheetReader
from agent.formats.spreadsheet.rows import RowParser
from tests.cpl.parts import MAIN, package, worksheet

_PLAIN = (
    '<row r="{0}" spans="1:4" ht="15"><c r="A{0}" s="1" t="s"><v>7</v></c><c r="B{0}" s="2"/>'
    '<c r="C{0}" t="inlineStr"><is><t>Smith &amp; é</t></is></c><c r="D{0}"><v>{0}.5</v></c></row>'
)
_EXCEL = (
    f'<?xml version="1.0" standalone="yes"?>\r\n<worksheet xmlns="{MAIN}" xmlns:x14ac="urn:x">'
    '<sheetData>{}</sheetData><pageMargins left="0.7"/></worksheet>'
)
_RICH = '<row r="{0}"><c r="A{0}" t="inlineStr"><is><r><t>ri</t></r><r><t>ch</t></r></is></c></row>'


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[str | None]:
    """Collect the numbers of the rows that are parsed as XML."""
    numbers: list[str | None] = []
    parse = RowParser.parse

    def noting(parser: RowParser, row: Element) -> UnresolvedRow:
        numbers.append(row.get("r"))
        return parse(parser, row)

    monkeypatch.setattr(RowParser, "parse", noting)
    return numbers


def _read(part: bytes, limits: SpreadsheetLimits = DEFAULT_LIMITS) -> Sequence[UnresolvedRow]:
    return list(PlainSheetReader(io.BytesIO(part), "sheet", limits).rows(None))


def test_rows_as_programs_write_them_are_not_parsed(parsed: list[str | None]) -> None:
    """Empty cells, shared and inline strings, numbers, heights: their cells are what they say."""
    rows = _read(worksheet("".join(_PLAIN.format(number) for number in range(1, 3000))))
    assert [row.number for row in rows] == list(range(1, 3000))
    assert [tuple(cell) for cell in rows[1998].cells] == [
        ("A1999", 1, 7, 1, False),
        ("C1999", 3, "string", "Smith & é", 0, False),
        ("D1999", 4, "number", "1999.5", 0, False),
    ]
    assert not parsed


def test_excels_own_attribute_is_known_where_its_prefix_is(parsed: list[str | None]) -> None:
    """The height that Excel adds to each row does not make it strange, unless nothing binds its prefix."""
    rows = '<row r="1" x14ac:dyDescent="0.25"><c r="A1"><v>1</v></c></row>'
    assert len(_read(_EXCEL.format(rows).encode())) == 1
    assert not parsed
    with pytest.raises(NotPlain):
        _read(worksheet(rows))


def test_a_strange_row_is_parsed_with_those_near_it_alone(parsed: list[str | None]) -> None:
    """Of a long sheet with one row of rich text no more is parsed than a window."""
    text = "".join((_RICH if number == 3000 else _PLAIN).format(number) for number in range(1, 6001))
    rows = _read(worksheet(text))
    assert rows[2999].cells[0][3] == "rich"
    assert len(rows) == 6000
    assert 0 < len(parsed) < 600


def test_what_the_fast_road_cannot_settle_is_read_from_the_start(parsed: list[str | None]) -> None:
    """Through the sheet's own door each row is there once, in whatever way it was read."""
    text = "".join(_PLAIN.format(number) for number in range(1, 2001)) + "<!-- <row -->" + _RICH.format(2001)
    sheet = open_workbook(package({"A": worksheet(text)})).sheets[0]
    assert [row.number for row in sheet.unresolved_rows()] == list(range(1, 2002))
    assert len(parsed) < 1000


def test_a_row_near_the_limit_is_left_to_the_other_reader() -> None:
    """Whether one row is too long is for the reader to say that counts its octets."""
    limits = SpreadsheetLimits(max_element_octets=200_000)
    with pytest.raises(NotPlain):
        _read(worksheet(f'<row r="1"><c r="A1" t="str"><v>{"x" * 100_000}</v></c></row>'), limits)
