"""Views of a sheet that show other things than values, or keep cells out of sight."""

from collections.abc import Iterator
from typing import Final

from lxml.etree import _Element as Element

from agent.findings import Lint
from agent.formats.spreadsheet.cells import quote_sheet
from agent.formats.spreadsheet.lint.check import Check, Found, LintedSheet
from agent.formats.spreadsheet.lint.names import is_true, local_name

_FROZEN: Final = ("frozen", "frozenSplit")


def _check(sheet: LintedSheet, element: Element) -> Iterator[Found]:
    if local_name(element.tag) != "sheetViews":
        return
    for view in element:
        yield from ((quote_sheet(sheet.name), message) for message in _list_deceits(view))


def _list_deceits(view: Element) -> Iterator[str]:
    if is_true(view.get("showFormulas")):
        yield "formulas are shown instead of values"
    if not is_true(view.get("showZeros", "1")):
        yield "cells that hold zero are shown empty"
    start = view.get("topLeftCell", "A1").strip()
    if start != "A1" and any(pane.get("state", "split").strip() in _FROZEN for pane in view):
        yield f"the panes are frozen with {start[:20]!r} first: what is before it cannot be scrolled to"


CHECK = Check(
    Lint(
        "sheet-view",
        "ECMA-376-1 18.3.1.87",
        "views that hide zeros, show formulas, or freeze cells out of sight",
    ),
    element=_check,
)
