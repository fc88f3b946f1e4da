"""Workbooks with one thing in them that plain forms have not, written out as XML.

The example form with a second sheet of the test's own making, called `Other`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from tests.support.workbooks.sheets import DOCUMENT, MAIN, form_parts
from tests.support.workbooks.zips import ZipStyle, write_zip

RELATIONSHIPS: Final = "http://schemas.openxmlformats.org/package/2006/relationships"
_OTHER: Final = "xl/worksheets/sheet2.xml"
_CELL: Final = '<row r="1"><c r="A1"><v>1</v></c></row>'


@dataclass(frozen=True, slots=True)
class Crafted:
    """What the workbook has besides the form; every text is XML."""

    before: str = ""
    """Between the start of the second sheet and its table of cells."""
    rows: str = _CELL
    after: str = ""
    """Between the table of cells and the end of the second sheet."""
    root: str = f'xmlns="{MAIN}" xmlns:r="{DOCUMENT}"'
    """Attributes of the second sheet's root."""
    sheet: bytes | None = None
    """The whole part of the second sheet, instead of all that."""
    changes: tuple[tuple[str, str, str], ...] = ()
    """Part, a text that is in it, and what stands in its place."""
    links: Mapping[str, str] = field(default_factory=dict)
    """Part to the relationships that are added to its own."""
    parts: Mapping[str, bytes] = field(default_factory=dict)
    """Parts that are added; their content type is that of their extension."""

    def build(self) -> bytes:
        """Build the workbook's octets."""
        parts = {**form_parts(), **self.parts}
        sheet = (
            f"<worksheet {self.root}>{self.before}<sheetData>{self.rows}</sheetData>{self.after}</worksheet>"
        )
        parts[_OTHER] = sheet.encode() if self.sheet is None else self.sheet
        _change(parts, "xl/workbook.xml", 'name="Instructions"', 'name="Other"')
        for part, old, new in self.changes:
            _change(parts, part, old, new)
        for part, links in self.links.items():
            folder, _, name = part.rpartition("/")
            rels = f"{folder}/_rels/{name}.rels"
            parts.setdefault(rels, f'<Relationships xmlns="{RELATIONSHIPS}"></Relationships>'.encode())
            _change(parts, rels, "</Relationships>", f"{links}</Relationships>")
        defaults = '<Default Extension="bin" ContentType="application/octet-stream"/><Default Extension="vml"'
        defaults += ' ContentType="application/vnd.openxmlformats-officedocument.vmlDrawing"/>'
        _change(parts, "[Content_Types].xml", "<Default", f"{defaults}<Default")
        return write_zip(parts, ZipStyle())


def link(kind: str, target: str, *, identifier: str = "rId90", external: bool = False) -> str:
    """Write a relationship; `kind` is the last word of its type."""
    mode = ' TargetMode="External"' if external else ""
    return f'<Relationship Id="{identifier}" Type="{DOCUMENT}/{kind}" Target="{target}"{mode}/>'


def with_part(
    kind: str, content: bytes = b"<x/>", *, name: str = "xl/added.xml", of: str = _OTHER
) -> Crafted:
    """Craft a workbook with a part that the second sheet, or another part, has a relationship to."""
    return Crafted(links={of: link(kind, f"/{name}")}, parts={name: content})


def with_style(xf: str, rows: str, *, font: str = "", fill: str = "", code: str = "") -> Crafted:
    """Craft a workbook with cell format 16, and font 9, fill 4 and number format 200 for it to use."""
    styles = "xl/styles.xml"
    changes = [
        (styles, "</cellXfs>", f"{xf}</cellXfs>"),
        (styles, "</fonts>", f"<font>{font}</font></fonts>"),
        (styles, "</fills>", f"<fill>{fill or '<patternFill/>'}</fill></fills>"),
        (styles, "</numFmts>", f'<numFmt numFmtId="200" formatCode="{code or "0"}"/></numFmts>'),
    ]
    return Crafted(rows=rows, changes=tuple(changes))


def with_formula(formula: str) -> Crafted:
    """Craft a workbook with one formula in B2 of the second sheet."""
    return Crafted(rows=f'<row r="2"><c r="B2"><f>{formula}</f><v>1</v></c></row>')


def with_rows(crafted: Crafted, rows: str) -> Crafted:
    """Put other rows into the second sheet."""
    return replace(crafted, rows=rows)


def _change(parts: dict[str, bytes], part: str, old: str, new: str) -> None:
    text = parts[part].decode()
    assert old in text, f"{part} has no {old!r}"
    parts[part] = text.replace(old, new, 1).encode()
