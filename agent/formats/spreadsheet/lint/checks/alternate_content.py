"""Markup compatibility: one program shows the choice, another the fallback.

Excel writes the folder of the file in this way into every workbook part; that is passed over.
"""

from collections.abc import Iterator
from typing import Final

from lxml.etree import _Element as Element

from agent.findings import Lint
from agent.formats.spreadsheet.cells import quote_sheet
from agent.formats.spreadsheet.lint.check import Check, Found, LintedRow, LintedSheet, PartOfSheet
from agent.formats.spreadsheet.lint.names import ALTERNATE_CONTENT, MARKUP_COMPATIBILITY

_SAYS: Final = "two versions of one thing: which of them is shown depends on the program"
_PATH: Final = "{http://schemas.microsoft.com/office/spreadsheetml/2010/11/ac}absPath"
_PROCESSED: Final = f"{{{MARKUP_COMPATIBILITY}}}ProcessContent"


def _is_path(element: Element) -> bool:
    """Tell whether this is Excel's note of the folder that the workbook was in, and nothing else."""
    return all(child.tag == _PATH and len(child) == 0 for choice in element for child in choice)


def _count(root: Element) -> int:
    alternatives = sum(1 for item in root.iter(ALTERNATE_CONTENT) if not _is_path(item))
    return alternatives + any(True for _ in list_processed(root))


def list_processed(element: Element) -> Iterator[str]:
    """Say that a program which does not know an element is to read what is in it (part 3, clause 7.4)."""
    if _PROCESSED in element.attrib:
        yield _SAYS


def _check_workbook(workbook: Element) -> Iterator[Found]:
    if _count(workbook):
        yield "workbook", _SAYS


def _check_element(sheet: LintedSheet, element: Element) -> Iterator[Found]:
    if _count(element):
        yield quote_sheet(sheet.name), _SAYS


def _check_row(sheet: LintedSheet, row: LintedRow) -> Iterator[Found]:
    for cell in row.cells:
        if _count(cell.element):
            yield sheet.place(cell.reference), _SAYS


def _check_part(part: PartOfSheet) -> Iterator[Found]:
    if _count(part.root):
        yield f"{quote_sheet(part.sheet)} ({part.part})", _SAYS


CHECK = Check(
    Lint(
        "alternate-content",
        "ECMA-376-3 7.2",
        "mc:AlternateContent: two versions, of which a program shows one",
    ),
    workbook=_check_workbook,
    element=_check_element,
    row=_check_row,
    part=_check_part,
)
