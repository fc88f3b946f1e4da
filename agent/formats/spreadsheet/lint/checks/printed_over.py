"""Printed headers and footers that reach over the cells, or read like a Hash."""

import re
from collections.abc import Iterator
from typing import Final

from lxml.etree import _Element as Element

from agent.findings import Lint
from agent.formats.spreadsheet.cells import quote_sheet
from agent.formats.spreadsheet.lint.check import Check, Found, LintedSheet, PartOfSheet
from agent.formats.spreadsheet.lint.headers import (
    HEADER_DRAWING,
    is_tall_picture,
    list_headers,
    room_of,
)

_DIGITS: Final = re.compile(r"(?:[0-9A-Fa-f][\s:.-]?){16}", re.ASCII)
"""Hexadecimal digits of which no page number, date or version has so many."""


def _check(sheet: LintedSheet, element: Element) -> Iterator[Found]:
    for header in list_headers(element):
        if header.height > room_of(sheet.margins, header):
            yield (
                quote_sheet(sheet.name),
                f"on paper {header.name} is {header.height:g} points high: over cells",
            )
        elif _DIGITS.search(header.text):
            yield quote_sheet(sheet.name), f"on paper {header.name} says {header.text.strip()[:60]!r}"


def _check_part(part: PartOfSheet) -> Iterator[Found]:
    if part.kind == HEADER_DRAWING and any(map(is_tall_picture, part.root.iter())):
        yield quote_sheet(part.sheet), "on paper a picture of the header or footer lies over the cells"


CHECK = Check(
    Lint(
        "printed-over",
        "ECMA-376-1 18.3.1.46",
        "printed headers and footers that reach over the cells, or read like a Hash",
    ),
    element=_check,
    part=_check_part,
)
