"""A workbook whose window or sheet tabs are not shown."""

from collections.abc import Iterator

from lxml.etree import _Element as Element

from agent.findings import Lint
from agent.formats.spreadsheet.lint.check import Check, Found
from agent.formats.spreadsheet.lint.names import is_true, local_name


def _check(workbook: Element) -> Iterator[Found]:
    for element in workbook.iter():
        if local_name(element.tag) != "workbookView":
            continue
        if element.get("visibility", "visible").strip() != "visible":
            yield "workbook", "the window of the workbook is hidden"
        if not is_true(element.get("showSheetTabs", "1")):
            yield "workbook", "the tabs are not shown: a reader does not see that there are other sheets"


CHECK = Check(
    Lint("window-hidden", "ECMA-376-1 18.2.30", "a hidden window, or sheet tabs that are not shown"),
    workbook=_check,
)
