"""Conditional formatting: it can give a cell another number format, colour, bar or icon."""

from collections.abc import Iterator

from lxml.etree import _Element as Element

from agent.findings import Lint
from agent.formats.spreadsheet.lint.check import Check, Found, LintedSheet
from agent.formats.spreadsheet.lint.names import split_tag


def _check(sheet: LintedSheet, element: Element) -> Iterator[Found]:
    for item in element.iter():
        if split_tag(item.tag)[1] == "conditionalFormatting":
            inner = [child.text or "" for child in item if split_tag(child.tag)[1] == "sqref"]
            reference = item.get("sqref") or (inner[0] if inner else "")
            yield (
                sheet.place(reference[:60]),
                "colours and formats change with the values, down to hiding them",
            )


CHECK = Check(
    Lint(
        "conditional-formatting",
        "ECMA-376-1 18.3.1.18",
        "conditional formatting, which can hide or replace values",
    ),
    element=_check,
)
