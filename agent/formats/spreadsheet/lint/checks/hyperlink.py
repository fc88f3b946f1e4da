"""Hyperlinks that lead out of the workbook: they show nothing until somebody follows them."""

from collections.abc import Iterator

from lxml.etree import _Element as Element

from agent.findings import Effect, Lint
from agent.formats.spreadsheet.lint.check import Check, Found, Link, LintedSheet
from agent.formats.spreadsheet.lint.names import local_name, relationship_id


def _say(target: str) -> str:
    return f"a hyperlink leads to {target[:80]!r}, whatever the cell says"


def _check_link(link: Link) -> str | None:
    if not link.external or link.kind != "hyperlink" or link.of_sheet:
        return None
    return _say(link.target)


def _check_element(sheet: LintedSheet, element: Element) -> Iterator[Found]:
    if local_name(element.tag) != "hyperlinks":
        return
    for item in element:
        target = sheet.targets.get(relationship_id(item))
        if target is not None:
            yield sheet.place(item.get("ref", "")[:60]), _say(target)


CHECK = Check(
    Lint("hyperlink", "ECMA-376-1 18.3.1.47", "hyperlinks that lead out of the workbook", Effect.NONE),
    link=_check_link,
    element=_check_element,
)
