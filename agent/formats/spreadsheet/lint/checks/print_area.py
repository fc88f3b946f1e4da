"""Print areas: what lies outside of one is not on paper; where the form is, its reader knows."""

import re
from collections.abc import Iterator
from typing import Final

from lxml.etree import _Element as Element

from agent.findings import Area, Effect, Lint
from agent.formats.spreadsheet.cells import parse_reference
from agent.formats.spreadsheet.lint.check import Check, Found
from agent.formats.spreadsheet.lint.names import local_name

_LAST: Final = 1 << 20
_LONGEST: Final = 300
_RANGE: Final = re.compile(
    r"(?P<sheet>'(?:[^']|'')+'|[^'!,:()]+)!(?P<first>[A-Z]{1,3})(?P<top>[0-9]{0,7})"
    r":(?P<last>[A-Z]{1,3})(?P<bottom>[0-9]{0,7})"
)


def _check(workbook: Element) -> Iterator[Found]:
    for element in workbook.iter():
        name = element.get("name", "").casefold()
        if local_name(element.tag) == "definedName" and name == "_xlnm.print_area":
            text = (element.text or "").strip()
            message = f"the print area {text[:60]!r} leaves out cells of the form"
            area = _area(text[:_LONGEST])
            yield ("workbook", message, area) if area else ("workbook", message)


def _area(text: str) -> Area | None:
    found = _RANGE.fullmatch(text.replace("$", ""))
    if found is None:
        return None
    first = parse_reference(f"{found['first']}{found['top'] or 1}")
    last = parse_reference(f"{found['last']}{found['bottom'] or _LAST}")
    if first is None or last is None:
        return None
    sheet = found["sheet"]
    name = sheet[1:-1].replace("''", "'") if sheet.startswith("'") else sheet
    return Area(name, (first[0], last[0]), (first[1], last[1]))


CHECK = Check(
    Lint(
        "print-area",
        "ECMA-376-1 18.2.5",
        "print areas that leave out cells of the form",
        Effect.BESIDE,
    ),
    workbook=_check,
)
