"""Sheets that are hidden."""

from collections.abc import Iterator

from lxml.etree import _Element as Element

from agent.findings import Lint
from agent.formats.spreadsheet.cells import quote_sheet
from agent.formats.spreadsheet.lint.check import Check, Found
from agent.formats.spreadsheet.lint.names import local_name


def _check(workbook: Element) -> Iterator[Found]:
    for element in workbook.iter():
        if local_name(element.tag) == "sheet" and element.get("state", "").strip() == "hidden":
            yield (
                quote_sheet(element.get("name", "")),
                "the sheet is hidden: a reader does not see what is signed with it",
            )


CHECK = Check(Lint("sheet-hidden", "ECMA-376-1 18.2.19", "sheets that are hidden"), workbook=_check)
