"""Cases of the lints about what is shown beside, over or instead of what the cells say."""

from typing import Final

from tests.lint.case import Case
from tests.support.workbooks.crafted import Crafted, link, with_part, with_style
from tests.support.workbooks.sheets import MAIN

_FORM: Final = "xl/worksheets/sheet1.xml"
_OTHER: Final = "xl/worksheets/sheet2.xml"
_MODEL: Final = '<c r="B6" s="9" t="inlineStr"><is><t>10A1</t></is></c>'
_X14: Final = "http://schemas.microsoft.com/office/spreadsheetml/2009/9/main"
_XM: Final = "http://schemas.microsoft.com/office/excel/2006/main"
_AC: Final = "http://schemas.microsoft.com/office/spreadsheetml/2009/9/ac"
_XR: Final = "http://schemas.microsoft.com/office/spreadsheetml/2014/revision"
_MC: Final = "http://schemas.openxmlformats.org/markup-compatibility/2006"
_VML: Final = "urn:schemas-microsoft-com:vml"
_CELL: Final = '<row r="4"{}><c r="C4"{}><v>12</v></c></row>'
_MERGED: Final = '<mergeCells count="1"><mergeCell ref="C4:D4"/></mergeCells>'
_EXTENSION: Final = (
    f'<extLst><ext uri="{{78C0D931-6437-407d-A8EE-F0AAD7539E65}}" xmlns:x14="{_X14}">'
    f'<x14:conditionalFormattings><x14:conditionalFormatting xmlns:xm="{_XM}"><x14:cfRule type="dataBar"/>'
    "<xm:sqref>B2:B9</xm:sqref></x14:conditionalFormatting></x14:conditionalFormattings></ext></extLst>"
)
_WORKBOOK: Final = "xl/workbook.xml"
_STATE: Final = ' q:state="hidden" xmlns:q="urn:q" sheetId="2"'
_SAVED: Final = f'<xr:revisionPtr xmlns:xr="{_XR}" revIDLastSave="0"/><bookViews>'
_PROCESSED: Final = (
    f'xmlns="{MAIN}" xmlns:mc="{_MC}" xmlns:q="urn:q" mc:Ignorable="q" mc:ProcessContent="q:any"'
)
_COLUMN: Final = '<col width="{}" customWidth="1" style="1" min="{}"'
_AREA: Final = "'CPL submission'!"


def _run(properties: str, *, part: str = _FORM) -> Crafted:
    string = f"<r><t>10</t></r><r><rPr>{properties}</rPr><t>A1</t></r>"
    cell = f'<c r="B6" s="9" t="inlineStr"><is>{string}</is></c>'
    if part == _FORM:
        return Crafted(changes=((_FORM, _MODEL, cell),))
    return Crafted(rows=f'<row r="6">{cell}</row>')


def _printed(text: str, *, margins: str = "", name: str = "oddHeader") -> Crafted:
    page = f'<pageMargins left="0.7" right="0.7" {margins}/>' if margins else ""
    return Crafted(after=f"{page}<headerFooter><{name}>{text}</{name}></headerFooter>")


def _logo(height: str) -> Crafted:
    shape = f'<xml xmlns:v="{_VML}"><v:shape style="position:absolute;width:90pt;{height}"/></xml>'
    made = with_part("vmlDrawing", shape.encode(), name="xl/added.vml")
    return Crafted(after='<legacyDrawingHF r:id="rId90"/>', links=made.links, parts=made.parts)


def _entry_style(font: str = "", fill: str = "", xf: str = "", *, cell: str = _MODEL) -> Crafted:
    """Give the model of the form's first entry, or another cell, a format of its own."""
    crafted = with_style(xf or '<xf numFmtId="49" fontId="9" fillId="4"/>', "", font=font, fill=fill)
    styled = cell.replace(' s="9"', ' s="16"').replace(' s="7"', ' s="16"')
    return Crafted(changes=(*crafted.changes, (_FORM, cell, styled)))


def _solid(colour: str) -> str:
    return f'<patternFill patternType="solid"><fgColor rgb="FF{colour}"/></patternFill>'


_HEADING: Final = '<c r="B5" s="7" t="inlineStr"><is><t>Model</t></is></c>'
_TURNED: Final = '<xf numFmtId="49"><alignment textRotation="{}"/></xf>'
_TEXT: Final = (
    Case("text-run-struck", _run("<strike/>"), f"{_AREA}B6", "struck"),
    Case("text-run-struck", _run('<strike val="1"/>'), f"{_AREA}B6", "struck, said"),
    Case("text-run-struck", _run('<vertAlign val="superscript"/>'), f"{_AREA}B6", "raised"),
    Case("text-run-struck", _run('<vertAlign val="subscript"/>'), f"{_AREA}B6", "lowered"),
    Case("text-run-struck", _run('<sz val="4"/>'), f"{_AREA}B6", "small"),
    Case("text-run-struck", _run('<strike val="0"/><vertAlign val="baseline"/><sz val="9"/>'), what="plain"),
    Case("text-run-struck", _run("<strike/>", part=_OTHER), what="on another sheet"),
    Case("text-run-beside-form", _run("<strike/>", part=_OTHER), "'Other'!B6"),
    Case("text-run-invisible", _run('<color rgb="FF1F3864"/>'), what="navy on white"),
    *(
        Case("form-entry-format", _entry_style(xf=_TURNED.format(turn)), f"{_AREA}B6", f"turned {turn}")
        for turn in ("90", "180", "255", "1", "x")
    ),
    Case("form-entry-format", _entry_style(xf=_TURNED.format(0)), what="not turned"),
    Case("form-entry-format", _entry_style(xf=_TURNED.format(90), cell=_HEADING), what="a turned heading"),
    *(
        Case("form-entry-format", _entry_style(font, fill), f"{_AREA}B6", what)
        for what, font, fill in (
            ("pale grey on white", '<color rgb="FFBFBFBF"/>', ""),
            ("a tinted theme colour", '<color theme="1" tint="0.8"/>', ""),
            ("of the palette", '<color indexed="22"/>', ""),
            ("grey on grey", '<color rgb="FF606060"/>', _solid("808080")),
        )
    ),
    Case("form-entry-format", _entry_style('<color rgb="FF808080"/>'), what="grey on white"),
    Case("form-entry-format", _entry_style("", _solid("FFC7CE")), what="black on pink"),
    *(
        Case(
            "font-invisible",
            with_style('<xf numFmtId="0" fontId="9" fillId="4"/>', _CELL.format("", ' s="16"'), font=font),
            where,
            what,
        )
        for what, font, where in (
            ("nearly white", '<color rgb="FFE0E0E0"/>', "'Other'!C4"),
            ("a theme colour that is nearly white", '<color theme="0" tint="-0.1"/>', "'Other'!C4"),
            ("the faintest of Excel's cell styles", '<color rgb="FFFFD966"/>', ""),
        )
    ),
)
_SIZES: Final = (
    *(
        Case(
            "column-tiny",
            Crafted(before=f'<cols><col min="3" max="3" width="{width}"/></cols>', rows=_CELL.format("", "")),
            where,
            f"width {width}",
        )
        for width, where in (("1.05", "'Other'!C4"), ("1.7109375", ""))
    ),
    *(
        Case("row-tiny", Crafted(rows=_CELL.format(f' ht="{height}"', "")), where, f"height {height}")
        for height, where in (("4.1", "'Other'!C4"), ("8", "'Other'!C4"), ("8.25", ""))
    ),
    Case(
        "row-tiny",
        Crafted(before='<sheetFormatPr defaultRowHeight="6"/>', rows=_CELL.format("", "")),
        what="a row without a height of its own is hidden",
    ),
    Case(
        "row-tiny",
        with_style('<xf fontId="9"/>', _CELL.format(' ht="5"', ' s="16"'), font='<sz val="6"/>'),
        what="small letters",
    ),
    Case(
        "row-tiny",
        with_style('<xf fontId="9"/>', _CELL.format(' ht="12"', ' s="16"'), font='<sz val="40"/>'),
        what="a title over several rows",
    ),
    *(
        Case(
            "form-narrow",
            Crafted(changes=((_FORM, _COLUMN.format(old, column), _COLUMN.format(new, column)),)),
            where,
            what,
        )
        for column, old, new, where, what in (
            (14, 42, "3.7", f"{_AREA}N6", "a Hash in three characters"),
            (2, 11, "1.8", f"{_AREA}B6", "a model in one"),
            (6, 10, "2.8", "", "a version in two"),
            (14, 42, "20", "", "a Hash in four lines"),
        )
    ),
)
_PAGES: Final = (
    Case("printed-over", _printed("&amp;L&amp;72WITHDRAWN"), "'Other'", "large"),
    Case("printed-over", _printed("&#10;&#10;&#10;&#10;&#10;WITHDRAWN"), "'Other'", "lines"),
    Case("printed-over", _printed("&amp;L&amp;40&amp;A"), "'Other'", "a large name"),
    Case("printed-over", _printed("a&#10;b&#10;c", margins='top="0.3" header="0.3"'), "'Other'", "no margin"),
    Case("printed-over", _printed("a&#10;b", margins='top="x" header="NaN"'), "'Other'", "no number"),
    Case("printed-over", _printed(f"Hash {'00 1A ' * 8}"), "'Other'", "a Hash"),
    Case("printed-over", _logo("height:400pt"), "'Other'", "a large picture"),
    Case("printed-over", _logo(""), "'Other'", "a picture of any height"),
    Case("printed-over", _logo("height:.5in"), "'Other'", "a height of another spelling"),
    Case("printed-over", _logo("height:54pt"), what="a logo"),
    Case(
        "printed-over",
        _printed("&amp;L&amp;&quot;Arial,Bold&quot;&amp;14Meters&amp;RPage &amp;P of &amp;N"),
        what="a title",
    ),
    Case("printed-over", _printed("v1.2, 2026-11-01&#10;Controlled", name="oddFooter"), what="two lines"),
    Case("printed-text", _printed("&amp;CModel 10A2"), "'Other'"),
    Case(
        "printed-text",
        _printed("&amp;8&amp;K00B050&amp;P+1 &amp;D Confidential &amp;&amp; &amp;A"),
        what="fields",
    ),
)
_MARKUP: Final = (
    Case("conditional-formatting", Crafted(after=_EXTENSION), "'Other'!B2:B9", "in an extension"),
    Case(
        "alternate-content",
        Crafted(
            after=f'<mc:AlternateContent xmlns:mc="{_MC}"><mc:Choice Requires="q">'
            f"{_MERGED}</mc:Choice></mc:AlternateContent>"
        ),
        "'Other'",
        "merged cells",
    ),
    Case("alternate-content", Crafted(root=_PROCESSED), "'Other'", "content to be processed"),
    Case(
        "foreign-markup",
        Crafted(after=f'<q:any xmlns:q="urn:q">{_MERGED}</q:any>'),
        "'Other'",
        "merged cells",
    ),
    Case(
        "foreign-markup",
        Crafted(rows='<row r="4"><c r="C4"><q:v xmlns:q="urn:q">1</q:v></c></row>'),
        "'Other'!C4",
        "a value",
    ),
    *(
        Case(
            "foreign-markup",
            Crafted(root=f'xmlns="{MAIN}" xmlns:q="{uri}"', before=before, rows=rows),
            where,
            what,
        )
        for what, uri, before, rows, where in (
            ("a hidden row", "urn:q", "", _CELL.format(' q:hidden="1"', ""), "'Other'!4:4"),
            ("a low row", "urn:q", "", _CELL.format(' q:ht="1"', ""), "'Other'!4:4"),
            ("a hidden row, by Excel's prefix", _AC, "", _CELL.format(' q:hidden="1"', ""), "'Other'!4:4"),
            ("a prefix of SpreadsheetML", MAIN, "", _CELL.format('\nq:ht="1"', ""), "'Other'!4:4"),
            ("a cell format", "urn:q", "", _CELL.format("", ' q:s="7"'), "'Other'!C4"),
            (
                "a hidden column",
                MAIN,
                '<cols><col min="3" max="3" width="9" q:hidden="1"/></cols>',
                "",
                "'Other'",
            ),
            ("heights of rows", _AC, "", _CELL.format(' q:dyDescent="0.25"', ""), ""),
            (
                "identities",
                _XR,
                '<sheetViews><sheetView workbookViewId="0" q:uid="{0}"/></sheetViews>',
                "",
                "",
            ),
        )
    ),
    Case(
        "foreign-markup",
        Crafted(changes=((_WORKBOOK, ' sheetId="2"', _STATE),)),
        "workbook",
        "a hidden sheet",
    ),
    Case("foreign-markup", Crafted(changes=((_WORKBOOK, "<bookViews>", _SAVED),)), what="when it was saved"),
    Case("foreign-markup", Crafted(after=_EXTENSION), what="an extension"),
)
SHOWN_CASES: Final = (*_TEXT, *_SIZES, *_PAGES, *_MARKUP)


def with_shared_model(string: str, *, fill: str = "") -> Crafted:
    """Craft a form whose first model is a shared string, in a cell with this fill."""
    rels = "xl/_rels/workbook.xml.rels"
    shared = link("sharedStrings", "sharedStrings.xml", identifier="rId91")
    crafted = _entry_style("", fill)
    table = f'<sst xmlns="{MAIN}"><si><t>none</t></si><si>{string}</si></sst>'
    return Crafted(
        changes=(
            *crafted.changes[:-1],
            (_FORM, _MODEL, '<c r="B6" s="16" t="s"><v>1</v></c>'),
            (rels, "</Relationships>", f"{shared}</Relationships>"),
        ),
        parts={"xl/sharedStrings.xml": table.encode()},
    )
