"""One hit, and one near miss where there is one, for each lint about relationships, parts and views."""

from typing import Final

from tests.lint.case import Case
from tests.support.workbooks.crafted import Crafted, link, with_part

_WORKBOOK: Final = "xl/workbook.xml"
_FORM: Final = "xl/worksheets/sheet1.xml"
_OTHER: Final = "xl/worksheets/sheet2.xml"
_MC: Final = "http://schemas.openxmlformats.org/markup-compatibility/2006"
_X14: Final = "http://schemas.microsoft.com/office/spreadsheetml/2009/9/main"
_XM: Final = "http://schemas.microsoft.com/office/excel/2006/main"
_DRAWING: Final = "http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing"
_PATH: Final = "http://schemas.microsoft.com/office/spreadsheetml/2010/11/ac"
_VML: Final = "urn:schemas-microsoft-com:vml"
_VML_EXCEL: Final = "urn:schemas-microsoft-com:office:excel"


def _hidden(state: str) -> Crafted:
    new = f'name="Other" sheetId="2" state="{state}"'
    return Crafted(changes=((_WORKBOOK, 'name="Other" sheetId="2" state="visible"', new),))


def _view(attributes: str, pane: str = "") -> Crafted:
    return Crafted(
        before=f'<sheetViews><sheetView workbookViewId="0" {attributes}>{pane}</sheetView></sheetViews>'
    )


def _anchored(of: str, column: int, row: int) -> Crafted:
    start, end = (
        f"<xdr:{name}><xdr:col>{column}</xdr:col><xdr:row>{row}</xdr:row></xdr:{name}>"
        for name in ("from", "to")
    )
    anchor = f"<xdr:twoCellAnchor>{start}{end}<xdr:sp/></xdr:twoCellAnchor>"
    content = f'<xdr:wsDr xmlns:xdr="{_DRAWING}">{anchor}</xdr:wsDr>'
    return with_part("drawing", content.encode(), of=of)


def _note(style: str, inside: str) -> Crafted:
    content = (
        f'<xml xmlns:v="{_VML}" xmlns:x="{_VML_EXCEL}"><v:shape style="{style}">'
        f'<x:ClientData ObjectType="Note">{inside}</x:ClientData></v:shape></xml>'
    )
    return with_part("vmlDrawing", content.encode(), name="xl/added.vml")


def _validated(attributes: str) -> Crafted:
    inside = (
        f'<dataValidation type="list" sqref="A1:A9" {attributes}><formula1>"a,b"</formula1></dataValidation>'
    )
    return Crafted(after=f'<dataValidations count="1">{inside}</dataValidations>')


def _extension(uri: str, inside: str = "") -> Crafted:
    return Crafted(after=f'<extLst><ext uri="{uri}">{inside}</ext></extLst>')


_SPARKLINE: Final = (
    f'<x14:sparkline xmlns:x14="{_X14}" xmlns:xm="{_XM}">'
    "<xm:f>Other!A1</xm:f><xm:sqref>B2</xm:sqref></x14:sparkline>"
)
_CHOICE: Final = (
    f'<mc:AlternateContent xmlns:mc="{_MC}"><mc:Choice Requires="x15">{{}}</mc:Choice></mc:AlternateContent>'
)
_ABSOLUTE: Final = f'<x15ac:absPath xmlns:x15ac="{_PATH}" url="C:\\forms\\"/>'

_RELATIONSHIPS: Final = tuple(
    Case(code, with_part(kind, of=of), where, kind)
    for code, kind, of, where in (
        ("external-link", "externalLink", _WORKBOOK, "/xl/workbook.xml"),
        ("connection", "connections", _WORKBOOK, "/xl/workbook.xml"),
        ("query-table", "queryTable", _OTHER, "'Other'"),
        ("ole-object", "oleObject", _OTHER, "'Other'"),
        ("ole-object", "package", _OTHER, "'Other'"),
        ("macro", "vbaProject", _WORKBOOK, "/xl/workbook.xml"),
        ("macro-sheet", "xlMacrosheet", _WORKBOOK, "/xl/workbook.xml"),
        ("control", "ctrlProp", _OTHER, "'Other'"),
        ("control", "control", _OTHER, "'Other'"),
        ("web-extension", "webextensiontaskpanes", _WORKBOOK, "/xl/workbook.xml"),
        ("custom-ui", "ui/extensibility", _WORKBOOK, "/xl/workbook.xml"),
        ("custom-xml", "customXml", _WORKBOOK, "/xl/workbook.xml"),
        ("pivot-table", "pivotTable", _OTHER, "'Other'"),
        ("rich-value", "rdRichValue", _WORKBOOK, "/xl/workbook.xml"),
        ("table", "table", _OTHER, "'Other'"),
        ("unknown-relationship", "holograms", _OTHER, "'Other'"),
    )
)
_PACKAGE: Final = (
    *_RELATIONSHIPS,
    Case("unknown-relationship", with_part("printerSettings"), what="printer settings"),
    Case(
        "external-relationship",
        Crafted(links={_OTHER: link("image", "https://example.com/a.png", external=True)}),
        "'Other'",
    ),
    Case("external-relationship", with_part("image", b"PNG", name="xl/media/a.bin"), what="picture inside"),
    Case(
        "hyperlink",
        Crafted(
            after='<hyperlinks><hyperlink ref="A1" r:id="rId90"/></hyperlinks>',
            links={_OTHER: link("hyperlink", "https://example.com/", external=True)},
        ),
        "'Other'!A1",
    ),
    Case(
        "hyperlink",
        Crafted(after='<hyperlinks><hyperlink ref="A1" location="Other!A9"/></hyperlinks>'),
        what="within the workbook",
    ),
    Case("drawing", _anchored(_FORM, 13, 5), "'CPL submission'!N6", "over the Hash"),
    Case("drawing-beside-form", _anchored(_FORM, 17, 0), "'CPL submission'!R1", "a logo to the right"),
    Case("drawing", _anchored(_OTHER, 0, 0), what="on another sheet"),
    Case(
        "comment",
        with_part("comments", b'<comments><commentList><comment ref="B2"/></commentList></comments>'),
        "'Other'!B2",
    ),
    Case("comment-shown", _note("visibility:hidden", "<x:Visible/>"), "'Other'"),
    Case("comment-shown", _note("visibility:hidden", ""), what="shown on pointing at it"),
)
_WHOLE: Final = (
    Case("sheet-hidden", _hidden("hidden"), "'Other'"),
    Case("sheet-very-hidden", _hidden("veryHidden"), "'Other'"),
    Case("sheet-hidden", _hidden("visible")),
    Case(
        "window-hidden", Crafted(changes=((_WORKBOOK, 'showSheetTabs="1"', 'showSheetTabs="0"'),)), "workbook"
    ),
    Case(
        "window-hidden",
        Crafted(changes=((_WORKBOOK, 'visibility="visible"', 'visibility="hidden"'),)),
        "workbook",
    ),
    Case(
        "window-hidden",
        Crafted(changes=((_WORKBOOK, 'firstSheet="0"', 'firstSheet="1"'),)),
        what="second tab",
    ),
    Case(
        "date-1904",
        Crafted(changes=((_WORKBOOK, "<workbookPr/>", '<workbookPr date1904="1"/>'),)),
        "workbook",
    ),
    Case("date-1904", Crafted(changes=((_WORKBOOK, "<workbookPr/>", '<workbookPr date1904="0"/>'),))),
    Case(
        "alternate-content",
        Crafted(changes=((_WORKBOOK, "<bookViews>", _CHOICE.format("<x/>") + "<bookViews>"),)),
        "workbook",
    ),
    Case(
        "alternate-content",
        Crafted(changes=((_WORKBOOK, "<bookViews>", _CHOICE.format(_ABSOLUTE) + "<bookViews>"),)),
        what="Excel's own folder",
    ),
    Case("alternate-content", Crafted(after=_CHOICE.format("<controls/>")), "'Other'"),
    Case("sheet-view", _view('showZeros="0"'), "'Other'"),
    Case("sheet-view", _view('showFormulas="true"'), "'Other'"),
    Case("sheet-view", _view('topLeftCell="A9"', '<pane ySplit="2" state="frozen"/>'), "'Other'"),
    Case(
        "sheet-view", _view('showZeros="1"', '<pane topLeftCell="C3" state="frozen"/>'), what="ordinary panes"
    ),
    Case("sheet-view", _view('topLeftCell="A9"'), what="scrolled"),
    Case("sheet-background", Crafted(after='<picture r:id="rId90"/>'), "'Other'"),
    Case(
        "conditional-formatting",
        Crafted(
            after='<conditionalFormatting sqref="A1:B2"><cfRule type="dataBar"/></conditionalFormatting>'
        ),
        "'Other'!A1:B2",
    ),
    Case("data-validation-prompt", _validated('showInputMessage="1" prompt="Write 7"'), "'Other'!A1:A9"),
    Case("data-validation-prompt", _validated('showInputMessage="1"'), what="no text"),
    Case("data-validation-prompt", _validated('showErrorMessage="1" error="No"'), what="error only"),
    Case("sparkline", _extension("{05C60535-1F16-4fd2-B633-F4F36F0B64E0}", _SPARKLINE), "'Other'!B2"),
    Case("unknown-extension", _extension("{00000000-0000-0000-0000-000000000000}"), "'Other'"),
    Case("unknown-extension", _extension("{CCE6A557-97BC-4b89-ADB6-D9C93CAAB3DF}"), what="data validation"),
)
WORKBOOK_CASES: Final = (*_PACKAGE, *_WHOLE)
