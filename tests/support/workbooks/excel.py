"""A workbook as desktop Excel writes it, with everything that people's workbooks collect over the years."""

import zlib
from dataclasses import dataclass
from typing import Final

from tests.support.workbooks import excel_parts as part
from tests.support.workbooks.sheets import DOCUMENT, MAIN, SharedStrings, build_rows, form_parts, form_rows

_DECLARATION: Final = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\r\n'
_PACKAGE: Final = "http://schemas.openxmlformats.org/package/2006"
_MICROSOFT: Final = "http://schemas.microsoft.com/office"
_SHEET_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_OFFICE_TYPE: Final = "application/vnd.openxmlformats-officedocument"
_SHEETS: Final = 5
"""The form, the evidence, and three hidden lists such as those behind drop-down cells."""


@dataclass(frozen=True, slots=True)
class Link:
    """One relationship, as it is to be written."""

    id: str
    type: str
    target: str
    external: bool = False


def xml(text: str) -> bytes:
    """Encode an XML part with Excel's declaration: a line break of two characters follows it."""
    return (_DECLARATION + text).encode()


def build_rels(*links: Link, indent: str = "") -> bytes:
    """Write a `.rels` part; with `indent` as pretty-printers do, which Excel does not."""
    items = "".join(
        f'{indent}<Relationship Id="{link.id}" Type="{link.type}" Target="{link.target}"'
        f"{external if link.external else ""}/>"
        for link in links
    )
    end = "\n" if indent else ""
    return xml(f'<Relationships xmlns="{_PACKAGE}/relationships">{items}{end}</Relationships>')


def build_excel_parts(*, macros: bool = False, indent: str = "") -> dict[str, bytes]:
    """Build the parts of the example form as Excel would hold it.

    A second sheet carries what surrounds forms in practice: a picture, a drawing
    that links into the workbook, hyperlinks, comments old and new, printer
    settings, formulas with their calculation chain; the package carries document
    properties with a thumbnail, custom XML and a sensitivity label.

    Args:
        macros: make a macro-enabled workbook (.xlsm) with a VBA project.
        indent: pretty-print the `.rels` parts with this between their elements.

    """
    strings = SharedStrings()
    form = _form_sheet(strings)
    parts = {
        "[Content_Types].xml": _content_types(macros=macros),
        "_rels/.rels": _root_rels(indent),
        "xl/workbook.xml": xml(part.WORKBOOK),
        "xl/_rels/workbook.xml.rels": _workbook_rels(macros, indent),
        "xl/worksheets/sheet1.xml": form,
        "xl/worksheets/sheet2.xml": xml(part.EVIDENCE_SHEET),
        **{f"xl/worksheets/sheet{number}.xml": xml(part.LIST_SHEET) for number in range(3, _SHEETS + 1)},
        "xl/worksheets/_rels/sheet1.xml.rels": _form_rels(indent),
        "xl/worksheets/_rels/sheet2.xml.rels": _evidence_rels(indent),
        "xl/theme/theme1.xml": form_parts()["xl/theme/theme1.xml"],
        "xl/styles.xml": form_parts()["xl/styles.xml"],
        "xl/sharedStrings.xml": strings.build(),
        **_drawing_parts(indent),
        **_comment_parts(),
        "xl/printerSettings/printerSettings1.bin": bytes(range(256)) * 8,
        "xl/calcChain.xml": xml(f'<calcChain xmlns="{MAIN}"><c r="B2" i="2" l="1"/><c r="B3"/></calcChain>'),
        **_custom_xml_parts(indent),
        "docMetadata/LabelInfo.xml": xml(part.LABEL),
        **_property_parts(),
    }
    return parts | ({"xl/vbaProject.bin": part.VBA_PROJECT} if macros else {})


def _form_sheet(strings: SharedStrings) -> bytes:
    return xml(
        f"{part.SHEET_ROOT}<dimension ref='A1:N7'/><sheetData>{build_rows(form_rows(), strings)}</sheetData>"
        f'<pageMargins left="0.7" right="0.7" top="0.75" bottom="0.75" header="0.3" footer="0.3"/>'
        f'<pageSetup paperSize="9" orientation="landscape" r:id="rId1"/></worksheet>'
    )


def _content_types(*, macros: bool) -> bytes:
    defaults = {
        "bin": f"{_SHEET_TYPE}.printerSettings",
        "png": "image/png",
        "rels": "application/vnd.openxmlformats-package.relationships+xml",
        "vml": f"{_OFFICE_TYPE}.vmlDrawing",
        "wmf": "image/x-wmf",
        "xml": "application/xml",
    }
    main = (
        "application/vnd.ms-excel.sheet.macroEnabled.main+xml" if macros else f"{_SHEET_TYPE}.sheet.main+xml"
    )
    overrides = {"/xl/workbook.xml": main, **part.OVERRIDES}
    if macros:
        overrides["/xl/vbaProject.bin"] = "application/vnd.ms-office.vbaProject"
    items = [f'<Default Extension="{key}" ContentType="{value}"/>' for key, value in defaults.items()]
    items += [f'<Override PartName="{key}" ContentType="{value}"/>' for key, value in overrides.items()]
    return xml(f'<Types xmlns="{_PACKAGE}/content-types">{"".join(items)}</Types>')


def _root_rels(indent: str) -> bytes:
    metadata = f"{_PACKAGE}/relationships/metadata"
    return build_rels(
        Link("rId3", f"{metadata}/core-properties", "docProps/core.xml"),
        Link("rId2", f"{metadata}/thumbnail", "docProps/thumbnail.wmf"),
        Link("rId1", f"{DOCUMENT}/officeDocument", "xl/workbook.xml"),
        Link("rId6", f"{_MICROSOFT}/2020/02/relationships/classificationlabels", "docMetadata/LabelInfo.xml"),
        Link("rId5", f"{DOCUMENT}/custom-properties", "docProps/custom.xml"),
        Link("rId4", f"{DOCUMENT}/extended-properties", "docProps/app.xml"),
        indent=indent,
    )


def _workbook_rels(macros: bool, indent: str) -> bytes:
    """More than nine, so that `rId10` and `rId2` tell a sort by text from a sort by number."""
    links = [(f"{DOCUMENT}/worksheet", f"worksheets/sheet{number}.xml") for number in range(1, _SHEETS + 1)]
    targets = {
        "theme": "theme/theme1.xml",
        "styles": "styles.xml",
        "sharedStrings": "sharedStrings.xml",
        "calcChain": "calcChain.xml",
        "customXml": "../customXml/item1.xml",
    }
    links += [(f"{DOCUMENT}/{kind}", target) for kind, target in targets.items()]
    links.append((f"{_MICROSOFT}/2017/10/relationships/person", "persons/person.xml"))
    if macros:
        links.append((f"{_MICROSOFT}/2006/relationships/vbaProject", "vbaProject.bin"))
    return build_rels(*(Link(f"rId{number}", *link) for number, link in enumerate(links, 1)), indent=indent)


def _form_rels(indent: str) -> bytes:
    target = "../printerSettings/printerSettings1.bin"
    return build_rels(Link("rId1", f"{DOCUMENT}/printerSettings", target), indent=indent)


def _evidence_rels(indent: str) -> bytes:
    return build_rels(
        Link("rId3", f"{DOCUMENT}/drawing", "../drawings/drawing1.xml"),
        Link("rId4", f"{DOCUMENT}/vmlDrawing", "../drawings/vmlDrawing1.vml"),
        Link("rId5", f"{DOCUMENT}/comments", "../comments1.xml"),
        Link(
            "rId6",
            f"{_MICROSOFT}/2017/10/relationships/threadedComment",
            "../threadedComments/threadedComment1.xml",
        ),
        Link(
            "rId2", f"{DOCUMENT}/hyperlink", "mailto:cpl@example.com?subject=CPL%20submission", external=True
        ),
        Link("rId1", f"{DOCUMENT}/hyperlink", "https://example.com/images/10A1?v=1#hash", external=True),
        indent=indent,
    )


def _drawing_parts(indent: str) -> dict[str, bytes]:
    rels = build_rels(
        Link("rId1", f"{DOCUMENT}/image", "../media/image1.png"),
        # Excel writes a jump within the workbook as an internal target that is a fragment alone.
        Link("rId2", f"{DOCUMENT}/hyperlink", "#'CPL%20submission'!A1"),
        indent=indent,
    )
    return {
        "xl/drawings/drawing1.xml": xml(part.DRAWING),
        "xl/drawings/_rels/drawing1.xml.rels": rels,
        "xl/media/image1.png": _png(),
        "xl/drawings/vmlDrawing1.vml": part.VML.encode(),
    }


def _png() -> bytes:
    """Build a small grey picture (ISO/IEC 15948)."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4) + kind + data + zlib.crc32(kind + data).to_bytes(4)

    size = 16
    header = size.to_bytes(4) * 2 + bytes([8, 0, 0, 0, 0])
    pixels = b"".join(b"\0" + bytes(range(row, row + size)) for row in range(size))
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(pixels))
        + chunk(b"IEND", b"")
    )


def _comment_parts() -> dict[str, bytes]:
    return {
        "xl/comments1.xml": xml(part.COMMENTS),
        "xl/threadedComments/threadedComment1.xml": xml(part.THREADED_COMMENTS),
        "xl/persons/person.xml": xml(part.PERSONS),
    }


def _custom_xml_parts(indent: str) -> dict[str, bytes]:
    return {
        "customXml/item1.xml": b'<submission xmlns="urn:example:cpl"><reference>TEST-1</reference></submission>',
        "customXml/itemProps1.xml": xml(part.CUSTOM_XML_PROPERTIES),
        "customXml/_rels/item1.xml.rels": build_rels(
            Link("rId1", f"{DOCUMENT}/customXmlProps", "itemProps1.xml"), indent=indent
        ),
    }


def _property_parts() -> dict[str, bytes]:
    return {
        "docProps/core.xml": form_parts()["docProps/core.xml"],
        "docProps/app.xml": form_parts()["docProps/app.xml"],
        "docProps/custom.xml": xml(part.CUSTOM_PROPERTIES),
        "docProps/thumbnail.wmf": b"\xd7\xcd\xc6\x9a" + bytes(60),
    }
