"""A workbook that counts its days from 1904: a number shown as a date is another date than elsewhere."""

from collections.abc import Iterator

from lxml.etree import _Element as Element

from agent.findings import Lint
from agent.formats.spreadsheet.lint.check import Check, Found
from agent.formats.spreadsheet.lint.names import is_true, local_name


def _check(workbook: Element) -> Iterator[Found]:
    for element in workbook.iter():
        if local_name(element.tag) == "workbookPr" and is_true(element.get("date1904")):
            yield "workbook", "days are counted from 1904: a copied or converted date is four years off"


CHECK = Check(
    Lint("date-1904", "ECMA-376-1 18.2.28", "workbooks whose days are counted from 1904"), workbook=_check
)
