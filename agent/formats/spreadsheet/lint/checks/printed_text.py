"""Printed headers and footers: text with digits in it, which stands beside the cells on paper alone."""

from collections.abc import Iterator

from lxml.etree import _Element as Element

from agent.findings import Effect, Lint
from agent.formats.spreadsheet.cells import quote_sheet
from agent.formats.spreadsheet.lint.check import Check, Found, LintedSheet
from agent.formats.spreadsheet.lint.headers import list_headers


def _check(sheet: LintedSheet, element: Element) -> Iterator[Found]:
    for header in list_headers(element):
        if any(character.isdigit() for character in header.text):
            yield quote_sheet(sheet.name), f"on paper {header.name} says {header.text.strip()[:60]!r}"


CHECK = Check(
    Lint(
        "printed-text",
        "ECMA-376-1 18.3.1.46",
        "printed headers and footers with digits in their text, page numbers and dates apart",
        Effect.NONE,
    ),
    element=_check,
)
