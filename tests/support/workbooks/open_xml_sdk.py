"""A workbook as programs over Microsoft's Open XML SDK (System.IO.Packaging) write it.

Its habits: a byte order mark, `x:` before every element, absolute targets, Ids
of random hex, the main part's content type as the Default of `xml`, and core
properties in a part of a strange name that is not below docProps.
"""

from typing import Final

from tests.support.workbooks.sheets import (
    DOCUMENT,
    FORM_SHEET,
    MAIN,
    SharedStrings,
    build_rows,
    form_parts,
    form_rows,
)

_BOM: Final = b"\xef\xbb\xbf"
_SHEET_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_PACKAGE: Final = "http://schemas.openxmlformats.org/package/2006"
_CORE: Final = "package/services/metadata/core-properties/8a7b6c5d4e3f40218a7b6c5d4e3f4021.psmdcp"


def build_open_xml_sdk_parts() -> dict[str, bytes]:
    """Build the parts of the example form as such a program would hold it."""
    strings = SharedStrings()
    rows = build_rows(form_rows(), strings, "x:")
    return {
        "xl/workbook.xml": _xml(
            f'<x:workbook xmlns:x="{MAIN}"><x:sheets><x:sheet xmlns:r="{DOCUMENT}" name="{FORM_SHEET}"'
            ' sheetId="1" r:id="R7f3a09b1"/></x:sheets></x:workbook>'
        ),
        "_rels/.rels": _rels(
            ("R1b2c3d4e", f"{DOCUMENT}/officeDocument", "/xl/workbook.xml"),
            ("rId1", f"{_PACKAGE}/relationships/metadata/core-properties", f"/{_CORE}"),
        ),
        "xl/worksheets/sheet.xml": _xml(
            f'<x:worksheet xmlns:x="{MAIN}"><x:sheetData>{rows}</x:sheetData></x:worksheet>'
        ),
        "xl/sharedStrings.xml": strings.build(),
        "xl/styles.xml": form_parts()["xl/styles.xml"],
        # Ids that sort differently by octet than without regard to case.
        "xl/_rels/workbook.xml.rels": _rels(
            ("R7f3a09b1", f"{DOCUMENT}/worksheet", "/xl/worksheets/sheet.xml"),
            ("r7E3a09b2", f"{DOCUMENT}/sharedStrings", "/xl/sharedStrings.xml"),
            ("R7F3a09b3", f"{DOCUMENT}/styles", "/xl/styles.xml"),
        ),
        _CORE: form_parts()["docProps/core.xml"],
        "[Content_Types].xml": _content_types(),
    }


def _xml(text: str) -> bytes:
    return _BOM + f'<?xml version="1.0" encoding="utf-8"?>{text}'.encode()


def _rels(*links: tuple[str, str, str]) -> bytes:
    items = "".join(
        f'<Relationship Type="{kind}" Target="{target}" Id="{identifier}" />'
        for identifier, kind, target in links
    )
    return _xml(f'<Relationships xmlns="{_PACKAGE}/relationships">{items}</Relationships>')


def _content_types() -> bytes:
    defaults = {
        "xml": f"{_SHEET_TYPE}.sheet.main+xml",
        "rels": "application/vnd.openxmlformats-package.relationships+xml",
        "psmdcp": "application/vnd.openxmlformats-package.core-properties+xml",
    }
    overrides = {
        "/xl/worksheets/sheet.xml": f"{_SHEET_TYPE}.worksheet+xml",
        "/xl/sharedStrings.xml": f"{_SHEET_TYPE}.sharedStrings+xml",
        "/xl/styles.xml": f"{_SHEET_TYPE}.styles+xml",
    }
    items = [f'<Default Extension="{key}" ContentType="{value}" />' for key, value in defaults.items()]
    items += [f'<Override PartName="{key}" ContentType="{value}" />' for key, value in overrides.items()]
    return _xml(f'<Types xmlns="{_PACKAGE}/content-types">{"".join(items)}</Types>')
