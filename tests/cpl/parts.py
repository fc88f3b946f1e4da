"""Packages for the tests: of a zip, or of parts written down in a test; both count what is read."""

import io
import posixpath
import zipfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO
from xml.etree import ElementTree as ET

from openpyxl import Workbook as OpenpyxlWorkbook

from agent.errors import DocumentError
from agent.formats.spreadsheet import Workbook, open_workbook

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
STRICT_MAIN = "http://purl.oclc.org/ooxml/spreadsheetml/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
STRICT_OFFICE = "http://purl.oclc.org/ooxml/officeDocument/relationships"


@dataclass(frozen=True)
class Rel:
    """A relationship as the reader wants it."""

    id: str
    type: str
    target_part: str
    external: bool = False


class CountingStream(io.BytesIO):
    """Octets of a part; remembers how many were read."""

    def __init__(self, octets: bytes, part_name: str, read: Counter[str]) -> None:
        """Count into `read` under the part's name."""
        super().__init__(octets)
        self._part_name = part_name
        self._read = read

    def read(self, size: int | None = -1, /) -> bytes:
        """Read and count."""
        octets = super().read(size)
        self._read[self._part_name] += len(octets)
        return octets


@dataclass
class Parts:
    """A package in memory."""

    parts: Mapping[str, bytes]
    links: Mapping[str, Sequence[Rel]]
    read: Counter[str] = field(default_factory=Counter)
    opened: Counter[str] = field(default_factory=Counter)

    def open_part(self, part_name: str) -> BinaryIO:
        """Open a part."""
        if part_name not in self.parts:
            raise DocumentError("package-part-missing", f"no part {part_name}")
        self.opened[part_name] += 1
        return CountingStream(self.parts[part_name], part_name, self.read)

    def relationships(self, part_name: str) -> Sequence[Rel]:
        """List a part's relationships."""
        return self.links.get("/" + part_name.strip("/"), ())


def zip_parts(workbook: bytes) -> Parts:
    """Open a workbook's zip in the plainest way, for tests only."""
    with zipfile.ZipFile(io.BytesIO(workbook)) as archive:
        parts = {f"/{name}": archive.read(name) for name in archive.namelist()}
    links = {}
    for name, octets in parts.items():
        folder, base = posixpath.split(name)
        if base.endswith(".rels"):
            owner = posixpath.join(posixpath.dirname(folder), base.removesuffix(".rels"))
            links[owner] = [_rel(element, owner) for element in ET.fromstring(octets)]  # noqa: S314
    return Parts(parts, links)


def _rel(element: ET.Element, owner: str) -> Rel:
    external = element.get("TargetMode") == "External"
    target = posixpath.join(posixpath.dirname(owner), element.get("Target", ""))
    return Rel(
        element.get("Id", ""),
        element.get("Type", ""),
        "" if external else posixpath.normpath(target),
        external=external,
    )


def save(workbook: OpenpyxlWorkbook) -> bytes:
    """Write an openpyxl workbook into octets."""
    buffer = io.BytesIO()
    workbook.save(buffer)
    return buffer.getvalue()


def open_saved(workbook: OpenpyxlWorkbook) -> Workbook:
    """Open with our reader what openpyxl wrote."""
    return open_workbook(zip_parts(save(workbook)))


def worksheet(rows: str, *, namespace: str = MAIN, before: str = "", after: str = "") -> bytes:
    """Write a worksheet part around rows of XML."""
    return (
        f'<worksheet xmlns="{namespace}">{before}<sheetData>{rows}</sheetData>{after}</worksheet>'
    ).encode()


def string_table(entries: str, *, namespace: str = MAIN) -> bytes:
    """Write a shared string part around its entries."""
    return f'<sst xmlns="{namespace}">{entries}</sst>'.encode()


def package(
    sheets: Mapping[str, bytes], strings: bytes | None = None, *, main: str = MAIN, office: str = OFFICE
) -> Parts:
    """Make a package of worksheet parts by sheet name, and a shared string part."""
    parts, rels, listed = {}, [], ""
    for number, (name, octets) in enumerate(sheets.items(), 1):
        parts[f"/xl/sheet{number}.xml"] = octets
        rels.append(Rel(f"s{number}", f"{office}/worksheet", f"/xl/sheet{number}.xml"))
        listed += f'<sheet name="{name}" sheetId="{number}" r:id="s{number}"/>'
    if strings is not None:
        parts["/xl/strings.xml"] = strings
        rels.append(Rel("strings", f"{office}/sharedStrings", "/xl/strings.xml"))
    parts["/xl/workbook.xml"] = (
        f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets>{listed}</sheets></workbook>'
    ).encode()
    root = [Rel("main", f"{office}/officeDocument", "/xl/workbook.xml")]
    return Parts(parts, {"/": root, "/xl/workbook.xml": rels})
