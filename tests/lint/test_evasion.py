"""Tricks to hide something from a scanner of octets end in the same finding, or in one about the trick."""

import pytest

from agent.config.limits import DocumentLimits
from agent.cpl.settling import settle_observations
from agent.formats.package.package import open_package
from agent.formats.spreadsheet.lint import open_scan
from tests.lint.observing import observed, verify
from tests.support.workbooks.crafted import Crafted
from tests.support.workbooks.sheets import DOCUMENT, MAIN

_UNUSUAL = {"unusual-markup": ["'Other'"]}
_HIDDEN = '<row r="4" hidden="1"><c r="C4"><v>1</v></c></row>'
_FOUND = {"row-hidden": ["'Other'!C4"]}
_FILLING = "".join(f'<row r="{row}"><c r="A{row}"><v>{row}.5</v></c></row>' for row in range(5, 30_000))


def _sheet(rows: str, *, prolog: str = "", root: str = f'xmlns="{MAIN}"', prefix: str = "") -> bytes:
    table = f"<{prefix}sheetData>{rows}</{prefix}sheetData>"
    return f"{prolog}<{prefix}worksheet {root}>{table}</{prefix}worksheet>".encode()


def _prefixed(rows: str, prefix: str) -> str:
    for name in ("row", "c", "v", "f"):
        rows = rows.replace(f"<{name} ", f"<{prefix}{name} ").replace(f"<{name}>", f"<{prefix}{name}>")
        rows = rows.replace(f"</{name}>", f"</{prefix}{name}>")
    return rows


_VOLATILE = '<row r="4"><c r="C4"><f>NOW()</f></c></row>'
_FOUND_VOLATILE = {"formula-volatile": ["'Other'!C4"]}


@pytest.mark.parametrize(
    ("sheet", "expected"),
    [
        (_sheet(_HIDDEN.replace('"1"', "'&#49;'")), _FOUND),
        (_sheet(_HIDDEN.replace('hidden="1"', "x='>' \n hidden\t=\r\n 'true'")), _FOUND),
        (_sheet(_HIDDEN.replace('r="4" hidden="1"', 'hidden="1" r="4"')), _FOUND),
        (_sheet(_HIDDEN + '<row r="5" hidden="false"/><row r="6" hidden="0"/>'), _FOUND),
        (_sheet(_prefixed(_HIDDEN, "x:"), root=f'xmlns:x="{MAIN}"', prefix="x:"), _FOUND),
        (_sheet(_prefixed(_VOLATILE, "é:"), root=f'xmlns:é="{MAIN}"', prefix="é:"), _FOUND_VOLATILE),
        (_sheet(_prefixed(_VOLATILE, "q:"), root=f'xmlns="{MAIN}" xmlns:q="{MAIN}"'), _FOUND_VOLATILE),
        (
            _sheet(_VOLATILE.replace("<f>", f'<q:f xmlns:q="{MAIN}">').replace("</f>", "</q:f>")),
            _FOUND_VOLATILE,
        ),
        (_sheet(_VOLATILE.replace("NOW", "<![CDATA[N]]>O<!-- -->W")), _FOUND_VOLATILE),
        (_sheet(_VOLATILE.replace("NOW", "&#x4E;<?x?>OW")), _FOUND_VOLATILE),
        (_sheet(_VOLATILE.replace("<f>", '<f t="array" ref="C4:C5" x=">">')), _FOUND_VOLATILE),
        (_sheet(_HIDDEN, prolog="\ufeff"), _FOUND),
        (_sheet(_HIDDEN, prolog='<?xml version="1.0" encoding="us-ascii"?>'), _FOUND),
        (_sheet(_HIDDEN, prolog='<?xml version="1.0" encoding="UTF-7"?>'), _UNUSUAL),
        (
            _sheet(_HIDDEN, prolog='<?xml version="1.0" encoding="IBM037"?>').decode().encode("cp037"),
            _UNUSUAL,
        ),
        (_sheet(_HIDDEN).decode().encode("utf-16"), _UNUSUAL),
        (_sheet(_HIDDEN).decode().encode("utf-16-be"), _UNUSUAL),
        (_sheet('<row r="&h;"/>', prolog='<!DOCTYPE x [<!ENTITY h "1">]>'), _UNUSUAL),
        (_sheet(f"<row r='1'><c><v>1</v></c></row></sheetData><sheetData>{_HIDDEN}"), _UNUSUAL),
        (_sheet("<!--") + _sheet(f"-->{_HIDDEN}"), _UNUSUAL),
        (_sheet(f"<x><sheetData>{_HIDDEN}</sheetData></x>"), _UNUSUAL),
        (_sheet(f'<y xmlns="urn:x">{_HIDDEN}</y>'), _UNUSUAL),
        (_sheet(_HIDDEN)[:-13], _UNUSUAL),
        (_sheet(_HIDDEN.replace("</v>", "")), _UNUSUAL),
        (_sheet(_HIDDEN, root='xmlns="urn:x"'), _UNUSUAL),
        (b"", _UNUSUAL),
    ],
)
def test_a_trick_is_seen_through_or_told(sheet: bytes, expected: dict[str, list[str]]) -> None:
    """Entities, white space, order, prefixes, namespaces on the way, CDATA, comments, encodings, nesting."""
    assert observed(Crafted(sheet=sheet).build()) == expected


def test_a_row_at_the_end_of_a_long_sheet_is_found() -> None:
    """The windows of rows leave nothing out."""
    rows = _FILLING + _HIDDEN.replace("4", "30001")
    assert observed(Crafted(rows=rows).build()) == {"row-hidden": ["'Other'!C30001"]}


def test_a_sheet_that_is_hashed_in_a_thread_is_read_in_it() -> None:
    """More than 4 MiB are spread over threads; what is parsed there ends there, also of a damaged part."""
    rows = "".join(f'<row r="{row}"><c r="A{row}"><v>{row}.5</v></c></row>' for row in range(5, 110_000))
    after = '<conditionalFormatting sqref="A1"/><mergeCells><mergeCell ref="A5:B5"/></mergeCells>'
    workbook = Crafted(rows=_HIDDEN + rows, after=after).build()
    for _ in range(2):
        assert observed(workbook) == {**_FOUND, "conditional-formatting": ["'Other'!A1"]}
    assert len(rows) > 4 * 1024 * 1024
    place = workbook.index(b"xl/worksheets/sheet2.xml") + 100_000
    damaged = workbook[:place] + bytes(40) + workbook[place + 40 :]
    for _ in range(2):
        assert verify(damaged).malformed


def _scan_in_pieces(workbook: bytes, size: int) -> list[tuple[str, str]]:
    package = open_package(workbook, DocumentLimits())
    scan = open_scan(package)
    for part in package.entries:
        tap = scan.find_tap(part)
        octets = b"".join(package.iter_part(part))
        for start in range(0, len(octets) if tap else 0, size):
            assert tap is not None
            tap.feed(memoryview(octets)[start : start + size])
        if tap:
            tap.close()
    return [(item.code, item.where) for item in settle_observations(scan.finish(), None)]


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 11, 13, 64, 1000])
def test_where_the_pieces_end_does_not_matter(size: int) -> None:
    """A name that is split between two pieces is found, and so is the end of the table of cells."""
    crafted = Crafted(
        before='<cols><col min="5" max="5" hidden="1"/></cols>',
        rows=f'{_HIDDEN}<row r="5" ht="0"><c r="D5"><f>NOW()</f></c><c r="E5"><v>1</v></c></row>',
        after='<mergeCells><mergeCell ref="D5:E5"/></mergeCells><picture/>',
        root=f'xmlns="{MAIN}" xmlns:r="{DOCUMENT}"',
    )
    workbook = crafted.build()
    expected = _scan_in_pieces(workbook, 1 << 20)
    assert {code for code, _ in expected} == {
        *("row-hidden", "row-tiny", "formula-volatile", "column-hidden", "merged-data", "sheet-background")
    }
    assert _scan_in_pieces(workbook, size) == expected


def _shared(strings: str, prefix: str = "") -> bytes:
    return (
        f'<{prefix}sst xmlns{":" + prefix[:-1] if prefix else ""}="{MAIN}">{strings}</{prefix}sst>'.encode()
    )


_WHITE = '<si><r><rPr><color rgb="FFFFFFFF"/></rPr><t>00</t></r></si>'


@pytest.mark.parametrize(
    ("table", "code"),
    [
        (_shared(_WHITE), "text-run-invisible"),
        (_shared("<si><t>plain</t></si>" * 100_000 + _WHITE), "text-run-invisible"),
        (_shared("<si><t><![CDATA[<si>]]></t></si>" + _WHITE), "text-run-invisible"),
        (_shared(_WHITE.replace("FFFFFFFF", "FFFFFFF&#70;")), "text-run-invisible"),
        (_shared(_WHITE).decode().encode("utf-16"), "unusual-markup"),
        (_shared(_WHITE)[:-9], "unusual-markup"),
        (_shared(_WHITE.replace("FFFFFFFF", "FF000000")), ""),
        (_shared("<si><t>plain</t></si>"), ""),
        (_shared(""), ""),
    ],
)
def test_shared_strings_are_looked_through(table: bytes, code: str) -> None:
    """Pieces of text in white are found wherever they stand in the table, and whatever its octets are."""
    rels = "xl/_rels/workbook.xml.rels"
    link = f'<Relationship Id="rId9" Type="{DOCUMENT}/sharedStrings" Target="sharedStrings.xml"/>'
    crafted = Crafted(
        parts={"xl/sharedStrings.xml": table},
        changes=((rels, "</Relationships>", f"{link}</Relationships>"),),
    )
    assert set(observed(crafted.build())) == ({code} if code else set())


def test_a_workbook_that_cannot_be_opened_is_still_looked_at() -> None:
    """What its relationships say is known without it."""
    crafted = Crafted(changes=(("xl/workbook.xml", "<sheets>", "<sheets><sheets>"),))
    assert "unusual-markup" in observed(crafted.build())
