"""Sparklines: small charts drawn into cells."""

from collections.abc import Iterator

from lxml.etree import _Element as Element

from agent.findings import Lint
from agent.formats.spreadsheet.lint.check import Check, Found, LintedSheet
from agent.formats.spreadsheet.lint.names import split_tag


def _check(sheet: LintedSheet, element: Element) -> Iterator[Found]:
    for item in element.iter():
        if split_tag(item.tag)[1] == "sparkline":
            places = [child.text or "" for child in item if split_tag(child.tag)[1] == "sqref"]
            yield sheet.place((places or [""])[0][:60]), "a small chart is drawn into the cell"


CHECK = Check(Lint("sparkline", "MS-XLSX 2.6.23", "sparklines, drawn into cells"), element=_check)
