"""A picture behind the cells, which can make their text unreadable or add to it."""

from collections.abc import Iterator

from lxml.etree import _Element as Element

from agent.findings import Lint
from agent.formats.spreadsheet.cells import quote_sheet
from agent.formats.spreadsheet.lint.check import Check, Found, LintedSheet
from agent.formats.spreadsheet.lint.names import local_name


def _check(sheet: LintedSheet, element: Element) -> Iterator[Found]:
    if local_name(element.tag) == "picture":
        yield quote_sheet(sheet.name), "a picture is shown behind the cells, and can look like their content"


CHECK = Check(Lint("sheet-background", "ECMA-376-1 18.3.1.67", "pictures behind the cells"), element=_check)
