"""The fast road through a sheet says what parsing all of it says, cell by cell, or leaves it to parsing."""

import io
from collections.abc import Mapping, Sequence
from itertools import repeat
from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from agent.errors import DocumentError
from agent.formats.spreadsheet import DEFAULT_LIMITS
from agent.formats.spreadsheet.cells import UnresolvedRow
from agent.formats.spreadsheet.plain_sheet import NotPlain, PlainSheetReader
from agent.formats.spreadsheet.rows import RowParser
from agent.formats.spreadsheet.sheet_reader import SheetReader
from tests.cpl.parts import MAIN
from tests.fuzz.edits import Octets, edited
from tests.fuzz.profile import FAST_PARSER

_X14AC = "http://schemas.microsoft.com/office/spreadsheetml/2009/9/ac"
# Of each kind what programs write, and what they might, or nobody should.
_PIECES: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "start": (
        (
            f'<worksheet xmlns="{MAIN}"><cols><col min="1" max="2"/></cols>',
            f'<?xml version="1.0" encoding="UTF-8"?>\r\n<worksheet xmlns="{MAIN}" xmlns:x14ac="{_X14AC}">',
            f'\ufeff<worksheet xmlns="{MAIN}" xmlns:x="{MAIN}"><dimension ref="A1:C9"/>',
        ),
        (
            f'<worksheet xmlns="{MAIN}"><!-- <sheetData> --><sheetViews/>',
            f'<?xml version="1.0" encoding="US-ASCII"?><worksheet xmlns="{MAIN}">',
            f'<!DOCTYPE worksheet><worksheet xmlns="{MAIN}">',
            f"<worksheet xmlns='{MAIN}'>",
            f'<worksheet xmlns="{MAIN}"><row r="1"/>',
            f'<worksheet xmlns="{MAIN}"><sheetData/>',
        ),
    ),
    "end": (
        (
            "</sheetData></worksheet>",
            '</sheetData><mergeCells><mergeCell ref="A1:B1"/></mergeCells></worksheet>\n',
        ),
        (
            *("</sheetData><sheetData/></worksheet>", '</sheetData><row r="9"/></worksheet>'),
            *("</sheetData ></worksheet>", "</sheetData><a></worksheet>", "</sheetData>", ""),
        ),
    ),
    "attributes": (
        ("", ' spans="1:9"', ' s="3" customFormat="1"', ' ht="24" customHeight="1"', ' hidden="1"'),
        (
            *(' x14ac:dyDescent="0.3"', ' r="1"', ' x:y="1"', " s='1'", ' ht="1" ht="2"', ' ht="&#49;"'),
            *("  ", ' xmlns="urn:other"', ' s="1" spans="1:9"', ' ht="1" x:ht="1"'),
        ),
    ),
    "content": (
        (
            *("/>", "></c>", " />", ' t="n"></c>', ' t="s"/>', ' t="s"><v>0</v></c>', ' t="s"><v>12</v></c>'),
            *("><v>12.5</v></c>", ' t="n"><v></v></c>', ' t="str"><v>{}</v></c>', ' t="b"><v>1</v></c>'),
            *(' t="inlineStr"><is><t>{}</t></is></c>', ' t="d"><v>2026-01-01</v></c>'),
            *(' t="inlineStr"><is><t xml:space="preserve"> {} </t></is></c>', ' t="e"><v>#REF!</v></c>'),
        ),
        (
            *("><f>1+1</f><v>2</v></c>", '><f t="array" ref="A1:C3">1</f><v>2</v></c>', "><v/></c>"),
            *(' t="inlineStr"><is><r><t>{}</t></r></is></c>', ' t="inlineStr"><is><t/></is></c>'),
            *("><v>1</v ></c>", "><v><!-- -->1</v></c>", "><v><![CDATA[{}]]></v></c>", "><x:v>1</x:v></c>"),
            *("><is/></c>", ' t="s"><v> 1</v></c>', ' t="s"><v>x</v></c>', ' t="inlineStr"><v>1</v></c>'),
            *(
                ' t="what"><v>1</v></c>',
                "><v>1</v><v>2</v></c>",
                ' t="s" t="n"/>',
                ">",
                ' t="s"><v>1</v><v/></c>',
            ),
        ),
    ),
    "text": (
        (
            "Meter Works",
            "",
            " ",
            "é",
            "日本",
            "\U0001f600",
            "a\nb",
            "a\tb",
            "&amp;&lt;&gt;&quot;&apos;",
            "]]",
        ),
        (
            *("a\r\nb", "&amp;amp;", "&#65;", "&#xD;", "&no;", "]]>", "_x0041_", "_x", "\x01", "\ufffe"),
            *("\x85", "<x/>", "</t></is></c>", "&amp"),
        ),
    ),
    "between": (
        ("", "\n  "),
        ("text", "<!-- </row> -->", "<!-- <row", "-->", "<?p </sheetData>?>", "<x/>", "&#10;", "]]>"),
    ),
    "place": ((' r="{}"',), ("", ' r="A7"', " r='{}'", ' r="{}" r="{}"')),
    "number": ((' r="{}"',), ("", ' r="0{}"', ' r="x"', ' r="1048577"')),
    "style": (("", ' s="3"', ' s="12"'), (' s="-1"', ' s="03"', ' s="x"', ' x:s="1"')),
    "letters": (("A", "AB", "ABC", "ABC", "ACD"), ("BA", "AA", "ABa", "é")),
    "step": (("1", "1", "1", "5"), ("0", "-1")),
    "row": ((">{}</row>", ">{}</row>", "/>", " />", "></row>"), (">{}</row >", ">{}", ">{}<x/></row>")),
    "encoding": (("utf-8",), ("utf-16", "latin-1")),
}


class _Writer:
    """Draws pieces: of a few kinds strange ones, of all others what programs write."""

    def __init__(self, draw: st.DrawFn) -> None:
        """Draw which kinds."""
        self._draw = draw
        self._strange = draw(st.sets(st.sampled_from(sorted(_PIECES)), max_size=2))

    def pick(self, kind: str) -> str:
        """Draw one piece."""
        plain, strange = _PIECES[kind]
        return self._draw(st.sampled_from((*plain, *strange) if kind in self._strange else plain))

    def write_rows(self) -> str:
        """Draw rows."""
        number, written = 0, []
        for _ in range(self._draw(st.integers(0, 5))):
            number += int(self.pick("step"))
            cells = "".join(map(self._write_cell, self.pick("letters"), repeat(number)))
            name = self.pick("number").format(number) + self.pick("attributes")
            written += [self.pick("between"), f"<row{name}", self.pick("row").format(cells)]
        return "".join(written)

    def _write_cell(self, letters: str, number: int) -> str:
        place = self.pick("place").replace("{}", f"{letters}{number}")
        return f"<c{place}{self.pick('style')}{self.pick('content').replace('{}', self.pick('text'))}"


@st.composite
def _sheets(draw: st.DrawFn) -> bytes:
    """Draw a part, as it was written or damaged."""
    writer = _Writer(draw)
    text = f"{writer.pick('start')}<sheetData>{writer.write_rows()}{writer.pick('end')}"
    part = text.encode(writer.pick("encoding"), "replace")
    return Octets(draw(st.just(part) | edited(part)) if draw(st.booleans()) else part)


_LEFT = "the fast road was left"


class _Made(NamedTuple):
    rows: list[UnresolvedRow]
    refusal: str
    parser: RowParser | None
    beyond: tuple[UnresolvedRow, ...] = ()


def _read(
    reads: type[SheetReader] | type[PlainSheetReader],
    part: bytes,
    limit: int | None,
    known: Sequence[UnresolvedRow] = (),
    parser: RowParser | None = None,
) -> _Made:
    """Read the rows after those known; also what ended that, and what the reader remembers then."""
    rows, reader = list(known), None
    try:
        reader = reads(io.BytesIO(part), "sheet", DEFAULT_LIMITS, known=len(rows), parser=parser)
        for row in reader.rows(limit):
            rows.append(row)  # noqa: PERF402 - those before an error count
    except DocumentError as error:
        return _Made(rows, error.message, reader.parser if reader else None)
    except NotPlain:
        return _Made(rows, _LEFT, reader.parser if reader else None)
    return _Made(rows, "", reader.parser, reader.beyond)


@FAST_PARSER
@given(_sheets(), st.integers(0, 9))
def test_both_roads_through_a_sheet_lead_to_the_same_cells(part: bytes, limit: int) -> None:
    """Rows, places, texts, styles, formulas, refusals: to the end, or from where the fast road was left."""
    exact = _read(SheetReader, part, None)
    plain = _read(PlainSheetReader, part, None)
    plain_refusal = plain.refusal
    if plain.refusal == _LEFT:
        plain = _read(SheetReader, part, None, plain.rows, plain.parser)
    assert (plain.rows, plain.refusal) == (exact.rows, exact.refusal)
    head = _read(PlainSheetReader, part, limit)
    if not (head.refusal or exact.refusal):
        assert head.rows == _read(SheetReader, part, limit).rows
        rest = _read(PlainSheetReader, part, None, (*head.rows, *head.beyond), head.parser)
        assert rest.rows == exact.rows[: len(rest.rows)]
        assert rest.refusal == plain_refusal
