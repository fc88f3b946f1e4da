"""Elements and attributes of foreign namespaces in the place of a sheet's own.

Readers that know namespaces pass them over; one that goes by local names, or reads what is in an element that
it does not know (`mc:ProcessContent`), hides a row by `q:hidden` and merges cells within `q:any`.
"""

from collections.abc import Iterator
from typing import Final

from lxml.etree import _Element as Element

from agent.findings import Lint
from agent.formats.spreadsheet.cells import quote_sheet
from agent.formats.spreadsheet.dialects import MAIN_NAMESPACES, RELATIONSHIP_NAMESPACES
from agent.formats.spreadsheet.lint.check import Check, Found, LintedRow, LintedSheet
from agent.formats.spreadsheet.lint.names import ALTERNATE_CONTENT, local_name, split_tag

_XML: Final = "http://www.w3.org/XML/1998/namespace"
_MICROSOFT: Final = "http://schemas.microsoft.com/office/spreadsheetml/"
ROW_HEIGHTS: Final = f"{_MICROSOFT}2009/9/ac"
_IDENTITIES: Final = f"{_MICROSOFT}201"
_ANCHORS: Final = "http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing"
_SAVED: Final = f"{{{_MICROSOFT}2014/revision}}revisionPtr"
"""Excel's note of when the workbook was saved, beside the sheets."""


def is_known_attribute(name: str) -> bool:
    """Tell whether an attribute in Clark notation is SpreadsheetML's own, or says nothing of cells."""
    namespace, local = split_tag(name)
    if namespace in ("", _XML, *RELATIONSHIP_NAMESPACES):
        return True
    if namespace == ROW_HEIGHTS:
        return local == "dyDescent"
    return namespace.startswith(_IDENTITIES) and "/revision" in namespace and local == "uid"


def is_harmless_namespace(uri: str) -> bool:
    """Tell whether rows may have attributes of this namespace by the dozen."""
    return uri in (_XML, ROW_HEIGHTS, *RELATIONSHIP_NAMESPACES) or (
        uri.startswith(_IDENTITIES) and "/revision" in uri
    )


def _list_foreign(element: Element) -> Iterator[str]:
    """Name what is foreign in an element of a part; extensions and alternatives have lints of their own."""
    if not isinstance(element.tag, str) or element.tag in (ALTERNATE_CONTENT, _SAVED):
        return
    namespace, name = split_tag(element.tag)
    if namespace not in (*MAIN_NAMESPACES, _ANCHORS):
        yield f"the element {name[:40]!r} of another namespace stands among the sheet's own"
        return
    for attribute in element.attrib:
        if not is_known_attribute(str(attribute)):
            local = split_tag(str(attribute))[1]
            yield f"the attribute {local[:40]!r} of {name[:40]!r} is of another namespace"
    if local_name(element.tag) != "extLst":
        for child in element:
            yield from _list_foreign(child)


def _check_workbook(workbook: Element) -> Iterator[Found]:
    for child in workbook:
        yield from (("workbook", message) for message in _list_foreign(child))


def _check_element(sheet: LintedSheet, element: Element) -> Iterator[Found]:
    yield from ((quote_sheet(sheet.name), message) for message in _list_foreign(element))


def _check_row(sheet: LintedSheet, row: LintedRow) -> Iterator[Found]:
    for name in row.attributes:
        if not is_known_attribute(name):
            where = sheet.place(f"{row.number}:{row.number}")
            yield (
                where,
                f"the attribute {split_tag(name)[1][:40]!r} of the row may be taken for SpreadsheetML's",
            )
    for cell in row.cells:
        yield from ((sheet.place(cell.reference), message) for message in _list_foreign(cell.element))


CHECK = Check(
    Lint(
        "foreign-markup",
        "ECMA-376-3 8",
        "elements and attributes of other namespaces among a sheet's own, which a reader may take for them",
    ),
    workbook=_check_workbook,
    element=_check_element,
    row=_check_row,
)
