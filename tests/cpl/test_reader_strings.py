"""Shared strings: the right text, and no more of the table than is needed."""

import pytest

from agent.errors import DocumentError
from agent.formats.spreadsheet import CellKind, SpreadsheetLimits, open_workbook
from tests.cpl.parts import Parts, package, string_table, worksheet


def _shared(*indexes: int, number: int = 1) -> str:
    cells = "".join(f'<c t="s"><v>{index}</v></c>' for index in indexes)
    return f'<row r="{number}">{cells}</row>'


def _texts(parts: Parts, sheet: int = 0) -> list[str]:
    return [cell.text for row in open_workbook(parts).sheets[sheet].rows() for cell in row.cells]


def test_only_the_part_of_a_large_table_that_is_needed_is_parsed() -> None:
    """Of 300 000 shared strings, headers that need the first twenty read at most two chunks."""
    strings = string_table("".join(f"<si><t>text {n}</t></si>" for n in range(300_000)))
    parts = package({"A": worksheet(_shared(*range(20)))}, strings)
    rows = open_workbook(parts).first_rows(30)[0][1]
    assert [cell.text for cell in rows[0].cells] == [f"text {n}" for n in range(20)]
    assert parts.opened["/xl/strings.xml"] == 1
    assert parts.read["/xl/strings.xml"] <= 2 * 65_536 < len(strings) // 50


def test_strings_of_many_sheets_take_one_pass() -> None:
    """The first rows of all sheets are resolved together, whatever order their strings stand in."""
    strings = string_table("".join(f"<si><t>{n}</t></si>" for n in range(50_000)))
    indexes = (49_999, 7, 30_000)
    parts = package({f"S{index}": worksheet(_shared(index, 0)) for index in indexes}, strings)
    heads = open_workbook(parts).first_rows(5)
    assert [row.cells[0].text for _, rows in heads for row in rows] == ["49999", "7", "30000"]
    assert parts.opened["/xl/strings.xml"] == 1


def test_a_sheet_without_shared_strings_never_opens_the_table() -> None:
    """Inline strings and numbers do not touch the shared string part."""
    rows = '<row r="1"><c t="inlineStr"><is><t>x</t></is></c><c><v>1</v></c></row>'
    parts = package({"A": worksheet(rows)}, b"not XML at all")
    assert _texts(parts) == ["x", "1"]
    assert parts.opened["/xl/strings.xml"] == 0


def test_rows_beyond_one_batch_keep_their_texts() -> None:
    """Ten thousand rows whose strings run backwards through the table read right."""
    count = 10_000
    strings = string_table("".join(f"<si><t>{n}</t></si>" for n in range(count)))
    rows = "".join(_shared(count - number, number=number) for number in range(1, count + 1))
    assert _texts(package({"A": worksheet(rows)}, strings)) == [str(n) for n in reversed(range(count))]


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ("<si><t>plain</t></si>", "plain"),
        ("<si/>", ""),
        ("<si><t/></si>", ""),
        ('<si><t xml:space="preserve"> a </t></si>', " a "),
        ("<si><r><t>AB</t></r><r><rPr><b/></rPr><t>CD</t></r></si>", "ABCD"),
        ("<si><t>東京</t><rPh sb='0' eb='2'><t>トウキョウ</t></rPh><phoneticPr fontId='1'/></si>", "東京"),
        ("<si><t>one<!-- a comment -->two</t></si>", "onetwo"),
        ("<si><t>one<?pi x?>two</t></si>", "onetwo"),
        ("<si><t>a<![CDATA[<b>]]>c</t></si>", "a<b>c"),
        ("<si><t>_x0041_B</t></si>", "AB"),
        ("<si><t>_x005F_x0041_</t></si>", "_x0041_"),
        ("<si><t>_xD800_</t></si>", "_xD800_"),
    ],
)
def test_the_text_of_an_entry(entry: str, expected: str) -> None:
    """Runs join, reading aids do not count, comments do not cut a text, escapes resolve; shared or inline."""
    inline = entry.replace("<si", "<is").replace("</si", "</is")
    rows = f'{_shared(0)}<row r="2"><c t="inlineStr">{inline}</c></row>'
    assert _texts(package({"A": worksheet(rows)}, string_table(entry))) == [expected, expected]


@pytest.mark.parametrize(
    "table",
    [
        string_table("<si><t>0</t></si>"),
        string_table("<si><t>0</t></si><si><t>1</t></si><x/><si><t>2</t></si>"),
        string_table("<si><t>0</t></si><extLst/><si><t>1</t></si><si><t>2</t></si>"),
        string_table("<si><t>0</t></si><si><t>1</t></si><si><t>2<b/></t></si>"),
        string_table("<si><t>0</t></si><si><t>1</t></si><si><t>2</t><t>3</t></si>"),
        string_table("<si><t>0</t></si><si><t>1</t></si><si><r><b/></r></si>"),
        string_table("<si><t>0</t></si><si><t>1</t></si><si><t>2</t></sj>"),
        worksheet(""),
        b"",
        None,
    ],
)
def test_a_string_that_cannot_be_told_for_certain_is_refused(table: bytes | None) -> None:
    """A missing entry, a stray element that would shift the indexes, an unknown content: all malformed."""
    with pytest.raises(DocumentError) as caught:
        _texts(package({"A": worksheet(_shared(2))}, table))
    assert caught.value.code == "spreadsheet-malformed"


def test_texts_have_a_limit() -> None:
    """A text longer than Excel allows is over the limit, shared or inline or a number."""
    limits = SpreadsheetLimits(max_text=10)
    long = "x" * 11
    for rows in (
        _shared(0),
        f'<row r="1"><c t="inlineStr"><is><t>{long}</t></is></c></row>',
        f'<row r="1"><c t="str"><v>{long}</v></c></row>',
    ):
        parts = package({"A": worksheet(rows)}, string_table(f"<si><t>{long}</t></si>"))
        with pytest.raises(DocumentError) as caught:
            list(open_workbook(parts, limits).sheets[0].rows())
        assert caught.value.code == "spreadsheet-over-limit"


def test_an_endless_entry_is_over_the_limit_before_it_is_in_memory() -> None:
    """A shared string of 64 MiB is given up after the configured piece of it."""
    limits = SpreadsheetLimits(max_element_octets=256 * 1024)
    table = string_table("<si>" + "<r><t>abc</t></r>" * 4_000_000 + "</si>")
    parts = package({"A": worksheet(_shared(0))}, table)
    with pytest.raises(DocumentError) as caught:
        list(open_workbook(parts, limits).sheets[0].rows())
    assert caught.value.code == "spreadsheet-over-limit"
    assert parts.read["/xl/strings.xml"] < 1024 * 1024


def test_the_result_of_a_text_formula_is_a_flagged_string() -> None:
    """`t="str"` is the cached result of a formula and is marked as such."""
    rows = '<row r="1"><c t="str"><f>"A"&amp;"B"</f><v>AB</v></c></row>'
    (row,) = open_workbook(package({"A": worksheet(rows)})).sheets[0].rows()
    assert (row.cells[0].kind, row.cells[0].text, row.cells[0].is_formula) == (CellKind.STRING, "AB", True)
