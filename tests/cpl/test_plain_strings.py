"""The fast road through the shared strings says what parsing the whole table says, or nothing at all."""

import io
import re
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.errors import DocumentError
from agent.formats.spreadsheet import SpreadsheetLimits
from agent.formats.spreadsheet.plain_strings import find_plainly
from agent.formats.spreadsheet.strings import SharedStrings
from agent.formats.spreadsheet.text import rich_text
from agent.formats.spreadsheet.xml import read_opening
from tests.cpl.parts import MAIN, Parts, string_table

_LIMITS = SpreadsheetLimits()
_PIECES = (
    *("<si><t>a</t></si>", "<si/>", "<si><t/></si>", "<si></si>", '<si><t xml:space="preserve"> b </t></si>'),
    *("<si><t>&amp;&lt;</t></si>", "<si><t>&#65;</t></si>", "<si><t>é]</t></si>", "<si><t>]]></t></si>"),
    *("<si><r><t>x</t></r><r><t>y</t></r></si>", '<si x="1"><t>c</t></si>', "<si ><t >d</t ></si >"),
    *("<!-- </si> -->", "<si><t><![CDATA[</si><si>]]></t></si>", "<?pi <si/>?>", "\n  ", "stray"),
    *("<si><x><si/></x></si>", "<x><si><t>in</t></si></x>", "<si><t>cut", "</si>", "<t>", "<", "&no;"),
    *("<si><t>\x01</t></si>", "<si><t>\ufffe</t></si>", "<extLst/>", '<si><phoneticPr fontId="1"/></si>'),
    *("<si><t>a</t></si>" * 3, "</sst>", "<si><t>_x0041_\r\n</t></si>", "<p:si xmlns:p='urn:p'/>"),
)
_STARTS = (
    f'<sst xmlns="{MAIN}">',
    f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\r\n<sst xmlns="{MAIN}" count="2">',
    f'<x:sst xmlns:x="{MAIN}">',
    f"<sst xmlns='{MAIN}'>",
    f'<?xml version="1.0" encoding="US-ASCII"?><sst xmlns="{MAIN}">',
    f'<sst xmlns="{MAIN}" count="1" count="2">',
)


def _plainly(part: bytes, wanted: list[int]) -> dict[int, str] | None:
    stream = io.BytesIO(part)
    opening = read_opening(stream, "strings")
    read = partial(_text, opening.namespace)
    return find_plainly(stream, opening, wanted, _LIMITS.max_element_octets, read)


def _text(namespace: str, index: int, entry: object) -> str:
    return rich_text(entry, namespace, str(index), _LIMITS)  # type: ignore[arg-type]


def _exactly(part: bytes, wanted: list[int]) -> dict[int, str]:
    """Parse all of the table: a comment in its start tag's place makes it too strange for the fast road."""
    changed = re.sub(rb"<((?:x:)?sst)", rb"<!-- --><\1", part, count=1)
    return SharedStrings(Parts({"s": changed}, {}), "s", _LIMITS).find(wanted)


@given(
    st.sampled_from(_STARTS),
    st.lists(st.sampled_from(_PIECES), max_size=9),
    st.lists(st.integers(0, 8), min_size=1, max_size=3, unique=True).map(sorted),
    st.sampled_from((0, 0, 3000)),
)
def test_what_the_fast_road_finds_is_what_parsing_finds(
    start: str, pieces: list[str], wanted: list[int], before: int
) -> None:
    """Plain, rich, commented, nested, cut short: an answer is the answer, and strangeness is none."""
    entries = ["<si><t>plain</t></si>" * before, *pieces]
    numbers = [before + number if before and number else number for number in wanted]
    try:
        found = _plainly(_table(start, entries), numbers)
    except DocumentError:
        with pytest.raises(DocumentError):
            _exactly(_table(start, entries), numbers)
    else:
        # What follows the last entry wanted is read by neither; parsing looks at it when it is near.
        ends = range(len(entries), 0, -1)
        assert found is None or any(_agrees(found, _table(start, entries[:end]), numbers) for end in ends)


def _table(start: str, entries: list[str]) -> bytes:
    return f"{start}{''.join(entries)}</sst>".encode()


def _agrees(found: dict[int, str], part: bytes, numbers: list[int]) -> bool:
    try:
        return _exactly(part, numbers) == found
    except DocumentError:
        return False


def test_ordinary_tables_take_the_fast_road() -> None:
    """Of plain and rich entries as programs write them none is parsed but what is wanted, or is not plain."""
    entries = (
        "<si><t>one</t></si>" * 9000 + "<si><r><t>r</t></r></si>" + '<si><t xml:space="preserve"> é</t></si>'
    )
    part = string_table(entries + "<si><t>last &amp; least</t></si>")
    assert _plainly(part, [0, 8999, 9000, 9001, 9002]) == {
        0: "one",
        8999: "one",
        9000: "r",
        9001: " é",
        9002: "last & least",
    }
