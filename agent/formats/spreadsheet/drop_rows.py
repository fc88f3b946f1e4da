"""An unsigned workbook written again without some rows of one sheet; everything else keeps its octets.

The rows below move up. What is attached to cells by their address (notes, merged cells, drawings, validation)
stays where it was.
"""

from collections.abc import Collection
from datetime import datetime

from lxml import etree
from lxml.etree import _Element as Element

from agent.errors import DocumentError
from agent.formats.spreadsheet.dialects import MAIN_NAMESPACES
from agent.formats.spreadsheet.restamp import restamp_workbook
from agent.formats.spreadsheet.xml import PARSER_OPTIONS


def drop_rows(workbook: bytes, part: tuple[str, bytes], rows: Collection[int], written: datetime) -> bytes:
    """Build the workbook without these rows (numbers from 1) of the sheet in `part`: its name and octets.

    `written` is the aware instant that the entries of the zip are dated with.

    Raises:
        DocumentError: `spreadsheet-malformed`.

    """
    name, octets = part
    try:
        root = etree.fromstring(octets, etree.XMLParser(**PARSER_OPTIONS))
    except etree.XMLSyntaxError as error:
        raise DocumentError("spreadsheet-malformed", f"{name}: not well-formed XML") from error
    for table in [item for space in MAIN_NAMESPACES for item in root.iter(f"{{{space}}}sheetData")]:
        _drop(table, frozenset(rows))
    changed = etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
    return restamp_workbook(workbook, written, {name.lstrip("/"): changed})


def _drop(table: Element, rows: frozenset[int]) -> None:
    """Take the rows out, and give every row and cell below its new number."""
    number = dropped = 0
    for row in list(table):
        number = int(row.get("r") or number + 1)
        if number in rows:
            table.remove(row)
            dropped += 1
        elif dropped:
            row.set("r", str(number - dropped))
            for cell in row:
                reference = cell.get("r", "")
                if reference.endswith(str(number)):
                    cell.set("r", f"{reference.removesuffix(str(number))}{number - dropped}")
