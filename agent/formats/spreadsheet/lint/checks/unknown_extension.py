"""Extensions that this program does not know: a newer one may show something by them."""

from collections.abc import Iterator
from typing import Final

from lxml.etree import _Element as Element

from agent.findings import Effect, Lint
from agent.formats.spreadsheet.cells import quote_sheet
from agent.formats.spreadsheet.lint.check import Check, Found, LintedRow, LintedSheet
from agent.formats.spreadsheet.lint.names import local_name

_KNOWN: Final = frozenset(
    (
        "{CCE6A557-97BC-4B89-ADB6-D9C93CAAB3DF}",  # data validation; its lint looks into it
        "{78C0D931-6437-407D-A8EE-F0AAD7539E65}",  # conditional formatting; the same
        "{05C60535-1F16-4FD2-B633-F4F36F0B64E0}",  # sparklines; the same
        "{FC87AEE6-9EDD-4A0A-B7FB-166176984837}",  # protected ranges
        "{01252117-D84E-4E92-8308-4BE1C098FCBB}",  # errors that are not to be marked
        "{A8765BA9-456A-4DAB-B4F3-ACF838C121DE}",  # slicers, which are drawings
        "{3A4CF648-6AED-40F4-86FF-DC5316D8AED3}",  # slicers of tables
        "{7E03D99C-DC04-49D9-9315-930204A7B6E9}",  # timelines
        "{46BE6895-7355-4A93-B00E-2C351335B9C9}",  # slicer caches
        "{BBE1A952-AA13-448E-AADC-164F8A28A991}",  # slicer caches
        "{79F54976-1DA5-4618-B147-4CDE4B953A38}",  # default slicer style
        "{140A7094-0E35-4892-8432-C4D2E57EDEB5}",  # chart tracking
        "{B58B0392-4F1F-4190-BB64-5DF3571DCE5F}",  # features of calculation
        "{7626C862-2A13-11E5-B345-FEFF819CDC9F}",  # LibreOffice: syntax of references
    )
)


def _check(root: Element) -> Iterator[str]:
    for item in root.iter():
        if local_name(item.tag) == "ext" and item.get("uri", "").strip().upper() not in _KNOWN:
            yield f"what the extension {item.get('uri', '')[:60]!r} shows is not known to this program"


def _check_workbook(workbook: Element) -> Iterator[Found]:
    yield from (("workbook", message) for message in _check(workbook))


def _check_element(sheet: LintedSheet, element: Element) -> Iterator[Found]:
    yield from ((quote_sheet(sheet.name), message) for message in _check(element))


def _check_row(sheet: LintedSheet, row: LintedRow) -> Iterator[Found]:
    for cell in row.cells:
        yield from ((sheet.place(cell.reference), message) for message in _check(cell.element))


CHECK = Check(
    Lint(
        "unknown-extension", "ECMA-376-1 18.2.10", "extensions that this program does not know", Effect.BESIDE
    ),
    workbook=_check_workbook,
    element=_check_element,
    row=_check_row,
)
