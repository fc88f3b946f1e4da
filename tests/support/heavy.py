"""A form that keeps whoever reads it busy."""

from pathlib import Path

from tests.support.zips import build_zip, parts_of

_SHEET = "xl/worksheets/sheet1.xml"
_ROW = '<row r="{0}"><c r="A{0}" t="inlineStr"><is><t>x</t></is></c></row>'


def write_heavy_form(form: bytes, path: Path) -> Path:
    """Write a form of so many rows that reading it takes seconds; it is within all other limits."""
    parts = parts_of(form)
    rows = "".join(map(_ROW.format, range(100, 400_000))).encode()
    sheet = parts[_SHEET]
    assert sheet.count(b"</sheetData>") == 1
    parts[_SHEET] = sheet.replace(b"</sheetData>", rows + b"</sheetData>")
    path.write_bytes(build_zip(parts))
    return path
