"""A workbook as desktop Excel writes it, with everything that people's workbooks collect over the years.

The parts that never change lie in the folder `excel_parts`, without Excel's XML declaration.
"""

import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.support.workbooks.sheets import DOCUMENT, SharedStrings, build_rows, form_parts, form_rows

_DECLARATION: Final = b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\r\n'
_PACKAGE: Final = "http://schemas.openxmlformats.org/package/2006/relationships"
_MICROSOFT: Final = "http://schemas.microsoft.com/office"
_FOLDER: Final = Path(__file__).parent / "excel_parts"
_SHEETS: Final = 5
"""The form, the evidence, and three hidden lists such as those behind drop-down cells."""
_VBA_PROJECT: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + b"TEST: no macro in here" * 90
"""Compound file magic ([MS-CFB] 2.2) and filling: a signature takes it as octets."""
_PLAIN_MAIN: Final = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
_MACRO_MAIN: Final = b"application/vnd.ms-excel.sheet.macroEnabled.main+xml"
_VBA_OVERRIDE: Final = b"""\
<Override PartName="/xl/vbaProject.bin" ContentType="application/vnd.ms-office.vbaProject"/>
</Types>"""


@dataclass(frozen=True, slots=True)
class Link:
    """One relationship, as it is to be written."""

    id: str
    type: str
    target: str
    external: bool = False

    def build(self) -> str:
        """Write the element, its attributes in Excel's order."""
        mode = ' TargetMode="External"' if self.external else ""
        return f'<Relationship Id="{self.id}" Type="{self.type}" Target="{self.target}"{mode}/>'


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
    fixed = {path.relative_to(_FOLDER).as_posix(): path for path in sorted(_FOLDER.rglob("*.*"))}
    parts = {name: _DECLARATION + path.read_bytes() for name, path in fixed.items()}
    parts |= _form_parts(parts["xl/worksheets/sheet1.xml"])
    parts |= {name: form_parts()[name] for name in ("xl/theme/theme1.xml", "xl/styles.xml")}
    parts |= {name: form_parts()[name] for name in ("docProps/core.xml", "docProps/app.xml")}
    parts |= {name: _build_rels(links, indent) for name, links in _links(macros=macros).items()}
    parts["xl/media/image1.png"] = _build_picture()
    parts["xl/printerSettings/printerSettings1.bin"] = bytes(range(256)) * 8
    parts["docProps/thumbnail.wmf"] = b"\xd7\xcd\xc6\x9a" + bytes(60)
    if macros:
        types = parts["[Content_Types].xml"].replace(_PLAIN_MAIN, _MACRO_MAIN)
        parts["[Content_Types].xml"] = types.replace(b"</Types>", _VBA_OVERRIDE)
        parts["xl/vbaProject.bin"] = _VBA_PROJECT
    return parts


def _form_parts(sheet: bytes) -> dict[str, bytes]:
    strings = SharedStrings()
    rows = build_rows(form_rows(), strings).encode()
    return {
        "xl/worksheets/sheet1.xml": sheet.replace(b"<sheetData/>", b"<sheetData>" + rows + b"</sheetData>"),
        "xl/sharedStrings.xml": strings.build(),
    }


def _build_rels(links: tuple[Link, ...], indent: str) -> bytes:
    """Write a `.rels` part; with `indent` as pretty-printers do, which Excel does not."""
    items = "".join(indent + link.build() for link in links)
    end = "\n" if indent else ""
    return _DECLARATION + f'<Relationships xmlns="{_PACKAGE}">{items}{end}</Relationships>'.encode()


def _links(*, macros: bool) -> dict[str, tuple[Link, ...]]:
    settings = "../printerSettings/printerSettings1.bin"
    return {
        "_rels/.rels": _package_links(),
        "xl/_rels/workbook.xml.rels": _workbook_links(macros=macros),
        "xl/worksheets/_rels/sheet1.xml.rels": (Link("rId1", f"{DOCUMENT}/printerSettings", settings),),
        "xl/worksheets/_rels/sheet2.xml.rels": _evidence_links(),
        "xl/drawings/_rels/drawing1.xml.rels": (
            Link("rId1", f"{DOCUMENT}/image", "../media/image1.png"),
            # Excel writes a jump within the workbook as an internal target that is a fragment alone.
            Link("rId2", f"{DOCUMENT}/hyperlink", "#'CPL%20submission'!A1"),
        ),
        "customXml/_rels/item1.xml.rels": (Link("rId1", f"{DOCUMENT}/customXmlProps", "itemProps1.xml"),),
    }


def _package_links() -> tuple[Link, ...]:
    label = f"{_MICROSOFT}/2020/02/relationships/classificationlabels"
    return (
        Link("rId3", f"{_PACKAGE}/metadata/core-properties", "docProps/core.xml"),
        Link("rId2", f"{_PACKAGE}/metadata/thumbnail", "docProps/thumbnail.wmf"),
        Link("rId1", f"{DOCUMENT}/officeDocument", "xl/workbook.xml"),
        Link("rId6", label, "docMetadata/LabelInfo.xml"),
        Link("rId5", f"{DOCUMENT}/custom-properties", "docProps/custom.xml"),
        Link("rId4", f"{DOCUMENT}/extended-properties", "docProps/app.xml"),
    )


def _workbook_links(*, macros: bool) -> tuple[Link, ...]:
    """More than nine, so that `rId10` and `rId2` tell a sort by text from a sort by number."""
    links = [(f"{DOCUMENT}/worksheet", f"worksheets/sheet{number}.xml") for number in range(1, _SHEETS + 1)]
    links += [
        (f"{DOCUMENT}/theme", "theme/theme1.xml"),
        (f"{DOCUMENT}/styles", "styles.xml"),
        (f"{DOCUMENT}/sharedStrings", "sharedStrings.xml"),
        (f"{DOCUMENT}/calcChain", "calcChain.xml"),
        (f"{DOCUMENT}/customXml", "../customXml/item1.xml"),
        (f"{_MICROSOFT}/2017/10/relationships/person", "persons/person.xml"),
    ]
    if macros:
        links.append((f"{_MICROSOFT}/2006/relationships/vbaProject", "vbaProject.bin"))
    return tuple(Link(f"rId{number}", *link) for number, link in enumerate(links, 1))


def _evidence_links() -> tuple[Link, ...]:
    threaded = f"{_MICROSOFT}/2017/10/relationships/threadedComment"
    mail = "mailto:cpl@example.com?subject=CPL%20submission"
    return (
        Link("rId3", f"{DOCUMENT}/drawing", "../drawings/drawing1.xml"),
        Link("rId4", f"{DOCUMENT}/vmlDrawing", "../drawings/vmlDrawing1.vml"),
        Link("rId5", f"{DOCUMENT}/comments", "../comments1.xml"),
        Link("rId6", threaded, "../threadedComments/threadedComment1.xml"),
        Link("rId2", f"{DOCUMENT}/hyperlink", mail, external=True),
        Link("rId1", f"{DOCUMENT}/hyperlink", "https://example.com/images/10A1?v=1#hash", external=True),
    )


def _build_picture() -> bytes:
    """Build a small grey PNG (ISO/IEC 15948)."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4) + kind + data + zlib.crc32(kind + data).to_bytes(4)

    size = 16
    header = size.to_bytes(4) * 2 + bytes([8, 0, 0, 0, 0])
    pixels = b"".join(b"\0" + bytes(range(row, row + size)) for row in range(size))
    chunks = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(pixels)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks
