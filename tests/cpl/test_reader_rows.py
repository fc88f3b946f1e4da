"""Rows and cells: places, limits, formulas, and everything out of place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.utils.cell import coordinate_to_tuple, get_column_letter

from agent.errors import DocumentError
from agent.formats.spreadsheet import Row, SpreadsheetLimits, format_reference, open_workbook, parse_reference
from tests.cpl.parts import MAIN, STRICT_MAIN, STRICT_OFFICE, package, string_table, worksheet

_BOMB = (
    '<!DOCTYPE worksheet [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
    '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;">]>'
)
_CELL = '<row r="1"><c r="A1"><v>1</v></c></row>'


def _read(part: bytes, limit: int | None = None, limits: SpreadsheetLimits | None = None) -> list[Row]:
    workbook = open_workbook(package({"A": part}), limits or SpreadsheetLimits())
    return list(workbook.sheets[0].rows(limit))


def _refusal(part: bytes, limits: SpreadsheetLimits | None = None) -> str:
    with pytest.raises(DocumentError) as caught:
        _read(part, limits=limits)
    assert caught.value.hint
    assert "\n" not in caught.value.message
    return caught.value.code


def test_places_may_be_left_out() -> None:
    """Without `r`, rows and cells follow one another; with it, gaps stay gaps."""
    first = '<row><c><v>1</v></c><c r="D1"><v>2</v></c><c><v>3</v></c></row>'
    rows = f'{first}<row r="5"/><row><c><v>4</v></c></row>'
    assert [[cell.reference for cell in row.cells] for row in _read(worksheet(rows))] == [
        ["A1", "D1", "E1"],
        [],
        ["A6"],
    ]


def test_cells_without_content_are_left_out() -> None:
    """A cell that has only a style is no cell of the form."""
    rows = '<row r="1"><c r="A1" s="3"/><c r="B1" t="s"/><c r="C1" s="7"><v>x</v></c></row>'
    ((cell,),) = [row.cells for row in _read(worksheet(rows))]
    assert (cell.reference, cell.column, cell.style_index) == ("C1", 3, 7)


def test_the_strict_dialect_reads_the_same() -> None:
    """ISO strict namespaces, in relationships and parts, are understood."""
    part = worksheet('<row r="2"><c r="B2" t="s"><v>0</v></c></row>', namespace=STRICT_MAIN)
    strings = string_table("<si><t>strict</t></si>", namespace=STRICT_MAIN)
    parts = package({"A": part}, strings, main=STRICT_MAIN, office=STRICT_OFFICE)
    ((cell,),) = [row.cells for row in open_workbook(parts).sheets[0].rows()]
    assert (cell.reference, cell.text) == ("B2", "strict")


def test_prefixes_and_utf_16_do_not_matter() -> None:
    """A part with a namespace prefix, in UTF-16, reads like any other."""
    text = worksheet(_CELL).decode().replace("<", "<x:").replace("<x:/", "</x:").replace("xmlns=", "xmlns:x=")
    (row,) = _read(f'<?xml version="1.0" encoding="UTF-16"?>{text}'.encode("utf-16"))
    assert row.cells[0].text == "1"


def test_a_limit_stops_the_reading_of_the_part() -> None:
    """The first three rows of a 20 MB sheet cost one or two chunks of it."""
    part = worksheet("".join(f'<row r="{n}"><c><v>{n}</v></c></row>' for n in range(1, 600_001)))
    parts = package({"A": part})
    rows = list(open_workbook(parts).sheets[0].rows(3))
    assert [row.number for row in rows] == [1, 2, 3]
    assert parts.read["/xl/sheet1.xml"] <= 2 * 65_536 < len(part) // 100


def test_a_limit_counts_row_numbers() -> None:
    """Row 40 is not among the first 30 even when it is the second that the part has."""
    assert [row.number for row in _read(worksheet('<row r="2"/><row r="40"/>'), limit=30)] == [2]


def test_every_cell_of_an_array_formula_or_data_table_is_a_formula() -> None:
    """Cells in the range of a spreading formula look typed in the part, but are not."""
    for kind in ("array", "dataTable"):
        rows = (
            f'<row r="1"><c r="B1"><f t="{kind}" ref="B1:C2">X</f><v>1</v></c><c r="C1"><v>2</v></c></row>'
            '<row r="2"><c r="A2"><v>3</v></c><c r="C2"><v>4</v></c></row>'
            '<row r="3"><c r="C3"><v>5</v></c></row>'
        )
        flags = {cell.reference: cell.is_formula for row in _read(worksheet(rows)) for cell in row.cells}
        assert flags == {"B1": True, "C1": True, "A2": False, "C2": True, "C3": False}


@pytest.mark.parametrize(
    "part",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"PK\x03\x04 not XML", id="not-xml"),
        pytest.param(worksheet(_CELL)[:-20], id="truncated"),
        pytest.param(worksheet(_CELL).replace(b"<w", b"<\0", 1), id="message-of-two-lines"),
        pytest.param(worksheet(_CELL) + b"<more/>", id="two-roots"),
        pytest.param(_BOMB.encode() + worksheet('<row r="1"><c><v>&d;</v></c></row>'), id="entity-bomb"),
        pytest.param(b"<!DOCTYPE worksheet>" + worksheet(_CELL), id="empty-dtd"),
        pytest.param(
            b'<!DOCTYPE worksheet SYSTEM "file:///etc/hostname">' + worksheet(_CELL), id="external-dtd"
        ),
        pytest.param(worksheet('<row r="1"><c><v>&unknown;</v></c></row>'), id="undefined-entity"),
        pytest.param(b"<!--" + b"x" * 70_000 + b"-->" + worksheet(_CELL), id="endless-prolog"),
        pytest.param(b'<?xml version="1.0" encoding="ISO-8859-1"?>' + worksheet(_CELL), id="encoding"),
        pytest.param(worksheet(_CELL).decode().encode("utf-16-le"), id="utf-16-without-mark"),
        pytest.param(worksheet(_CELL).decode().encode("utf-32"), id="utf-32"),
        pytest.param(worksheet(_CELL).decode().encode("cp037"), id="ebcdic"),
        pytest.param(b"<worksheet><sheetData/></worksheet>", id="no-namespace"),
        pytest.param(worksheet(_CELL, namespace=f"}}{MAIN}"), id="brace-in-namespace"),
        pytest.param(string_table(""), id="another-part"),
        pytest.param(b'<worksheet xmlns="%s"/>' % STRICT_MAIN.encode(), id="no-table"),
        pytest.param(worksheet(_CELL, after=f"<sheetData>{_CELL}</sheetData>"), id="two-tables"),
        pytest.param(worksheet(_CELL, before=f"<x><sheetData>{_CELL}</sheetData></x>"), id="nested-table"),
        pytest.param(worksheet("", after=_CELL), id="row-after-table"),
        pytest.param(worksheet("", before=_CELL), id="row-before-table"),
        pytest.param(worksheet(f"<x>{_CELL}</x>"), id="wrapped-row"),
        pytest.param(worksheet(f"<x/>{_CELL}"), id="stray-before-row"),
        pytest.param(worksheet(f"{_CELL}<x/>"), id="stray-after-row"),
        pytest.param(worksheet(_CELL + _CELL), id="row-twice"),
        pytest.param(worksheet('<row r="2"/><row r="1"/>'), id="rows-out-of-order"),
        pytest.param(worksheet('<row r="0"/>'), id="row-zero"),
        pytest.param(worksheet('<row r="one"/>'), id="row-no-number"),
        pytest.param(worksheet('<row r="1"><x/></row>'), id="stray-in-row"),
        pytest.param(worksheet('<row r="1"><c r="A1"/><c r="A1"/></row>'), id="cell-twice"),
        pytest.param(worksheet('<row r="1"><c r="B1"/><c r="A1"/></row>'), id="cells-out-of-order"),
        pytest.param(worksheet('<row r="1"><c r="A2"><v>1</v></c></row>'), id="cell-of-another-row"),
        pytest.param(worksheet('<row r="1"><c r="a1"><v>1</v></c></row>'), id="lower-case-cell"),
        pytest.param(worksheet('<row r="1"><c r="1"><v>1</v></c></row>'), id="cell-without-column"),
        pytest.param(
            worksheet('<row r="1"><c r="A1"/></row><row r="2"><c r="A"><v>1</v></c></row>'),
            id="cell-without-row",
        ),
        pytest.param(worksheet('<row r="1"><c r=""><v>1</v></c></row>'), id="cell-without-a-name"),
        pytest.param(worksheet('<row r="1"><c t="what"><v>1</v></c></row>'), id="unknown-type"),
        pytest.param(worksheet('<row r="1"><c s="-1"><v>1</v></c></row>'), id="bad-style"),
        pytest.param(worksheet('<row r="1"><c><v>1</v><v>2</v></c></row>'), id="two-values"),
        pytest.param(worksheet('<row r="1"><c><x/></c></row>'), id="stray-in-cell"),
        pytest.param(worksheet('<row r="1"><c><v>1<x/>2</v></c></row>'), id="stray-in-value"),
        pytest.param(worksheet('<row r="1"><c><is><t>1</t></is></c></row>'), id="inline-number"),
        pytest.param(worksheet('<row r="1"><c t="inlineStr"><v>1</v></c></row>'), id="inline-value"),
        pytest.param(worksheet('<row r="1"><c t="s"><v>x</v></c></row>'), id="shared-not-an-index"),
        pytest.param(worksheet('<row r="1"><c><f t="array" ref="?"/></c></row>'), id="array-without-range"),
    ],
)
def test_a_part_that_could_be_read_in_two_ways_is_refused(part: bytes) -> None:
    """Whatever is not plain, ordered, complete SpreadsheetML without a DTD is malformed."""
    assert _refusal(part) == "spreadsheet-malformed"


@pytest.mark.parametrize(
    ("part", "limits"),
    [
        (worksheet('<row r="11"/>'), SpreadsheetLimits(max_rows=10)),
        (worksheet('<row r="1"><c r="K1"><v>1</v></c></row>'), SpreadsheetLimits(max_columns=10)),
        (worksheet('<row r="1"><c r="XFE1"><v>1</v></c></row>'), SpreadsheetLimits()),
        (
            worksheet('<row r="1">' + "<c/>" * 100_000 + "</row>"),
            SpreadsheetLimits(max_element_octets=100_000),
        ),
        (
            worksheet("<row>" + '<c><f t="array" ref="A1:A9"/></c>' * 1100 + "</row>"),
            SpreadsheetLimits(),
        ),
    ],
)
def test_a_part_over_a_limit_is_refused(part: bytes, limits: SpreadsheetLimits) -> None:
    """Rows, columns, octets of one row and open array formulas are bounded."""
    assert _refusal(part, limits) == "spreadsheet-over-limit"


def test_what_follows_the_table_is_skipped_whatever_its_size() -> None:
    """A long tail of hyperlinks is neither kept nor held against the limit of one element."""
    tail = "<hyperlinks>" + '<hyperlink ref="A1"/>' * 50_000 + "</hyperlinks>"
    limits = SpreadsheetLimits(max_element_octets=200_000)
    assert len(_read(worksheet(_CELL, after=tail), limits=limits)) == 1


@given(st.integers(1, 16_384), st.integers(1, 1_048_576))
def test_references_agree_with_openpyxl(column: int, row: int) -> None:
    """Column letters are written and parsed as openpyxl does."""
    reference = format_reference(column, row)
    assert reference == f"{get_column_letter(column)}{row}"
    assert coordinate_to_tuple(reference) == (row, column)
    assert parse_reference(reference) == (column, row)


@given(st.text(max_size=8))
def test_what_is_no_reference_is_none(text: str) -> None:
    """Any other text is no reference, and no error either."""
    place = parse_reference(text)
    assert place is None or format_reference(*place) == text


@given(st.data())
def test_damage_never_shows_as_anything_but_a_document_error(data: st.DataObject) -> None:
    """Whatever octets of whatever part are changed, the reader reads rows or raises a DocumentError."""
    rows = (
        '<row r="1"><c r="A1" t="inlineStr"><is><r><t>x</t></r></is></c><c t="s"><v>1</v></c></row>'
        '<row r="2"><c r="A2"><f t="array" ref="A2:A3">1</f><v>1</v></c></row>'
    )
    parts = package({"A": worksheet(rows)}, string_table("<si><t>a</t></si><si><r><t>b</t></r></si>"))
    name = data.draw(st.sampled_from(sorted(parts.parts)))
    part = parts.parts[name]
    start = data.draw(st.integers(0, len(part)))
    end = data.draw(st.integers(start, min(len(part), start + 6)))
    pieces = st.sampled_from([b"<", b">", b"/>", b'"', b"&#0;", b"<v/>", b"<si/>", b"<!DOCTYPE a>"])
    middle = data.draw(st.one_of(st.binary(max_size=6), pieces))
    parts.parts = {**parts.parts, name: part[:start] + middle + part[end:]}
    try:
        list(open_workbook(parts).sheets[0].rows())
    except DocumentError as error:
        assert error.code.startswith("spreadsheet-")  # noqa: PT017


def test_a_sheet_whose_first_rows_were_read_goes_on_as_if_they_had_not_been() -> None:
    """Rows, formulas and refusals are the same, where the head ends before, in and after the last row."""
    rows = (
        '<row r="1"><c r="A1"><f t="array" ref="A1:A4">1</f><v>1</v></c><c r="C1"><v>2</v></c></row>'
        '<row r="3"><c r="A3"><v>3</v></c></row><row r="4"><c><v>4</v></c></row>'
        '<row><c r="A5"><v>5</v></c></row>'
    )
    wrong = worksheet(rows + '<row r="6"/>' + '<row s="1"/>' * 20_000 + _CELL)
    for limit in range(1, 7):
        workbook = open_workbook(package({"A": worksheet(rows), "B": wrong}))
        (sheet, head), (other, _) = workbook.first_rows(limit)
        assert list(head) == list(workbook.sheets[0].rows(limit))
        assert list(sheet.rows()) == list(sheet.rows()) == list(workbook.sheets[0].rows())
        assert list(sheet.rows(2)) == list(workbook.sheets[0].rows(2))
        with pytest.raises(DocumentError):
            list(other.rows())


@pytest.mark.parametrize(
    "tail",
    ["<a></b>", "</sheetData><sheetData>", "<!--" + "x" * 200_000 + "-->"],
    ids=["broken", "two", "long"],
)
def test_what_is_wrong_after_the_last_row_is_told_to_whoever_reads_the_sheet_to_its_end(tail: str) -> None:
    """The first rows are read as they are; that they are all there is does not spare the rest its reading."""
    part = worksheet(_CELL).replace(b"</sheetData>", f"</sheetData>{' ' * 8192}{tail}".encode(), 1)
    ((sheet, head),) = open_workbook(package({"A": part})).first_rows(30)
    assert len(head) == 1
    if tail.startswith("<!--"):
        assert tuple(sheet.rows()) == head
        return
    with pytest.raises(DocumentError):
        list(sheet.rows())


def test_a_small_sheet_is_opened_once_for_its_first_rows_and_for_all_of_them() -> None:
    """Where the first rows are all, the part was read to its end, and is not opened again."""
    parts = package({"A": worksheet(_CELL)})
    ((sheet, head),) = open_workbook(parts).first_rows(30)
    parts.parts = {}
    assert tuple(sheet.rows()) == head
