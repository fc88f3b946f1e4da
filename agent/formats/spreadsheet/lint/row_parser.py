"""Windows of rows parsed exactly: only those in which the octets say that there is something to find."""

from collections.abc import Iterator, Mapping
from html import escape
from typing import Final

from lxml import etree
from lxml.etree import _Element as Element

from agent.formats.spreadsheet.cells import format_reference, parse_reference
from agent.formats.spreadsheet.lint.check import LintedCell, LintedRow
from agent.formats.spreadsheet.lint.names import local_name, parse_number
from agent.formats.spreadsheet.lint.splitter import Lost
from agent.formats.spreadsheet.xml import PARSER_OPTIONS

_LIMIT: Final = 32 * 1024 * 1024
"""Octets of one sheet that are parsed at most: it takes seconds."""


class RowWindow:
    """Parses windows of rows of one sheet, by the namespaces of its root."""

    def __init__(self, namespaces: Mapping[str | None, str], table: bytes) -> None:
        """Take the namespaces of the root; `table` is the qualified name of the table of cells."""
        spaces = " ".join(
            f'xmlns{f":{prefix}" if prefix else ""}="{escape(uri)}"' for prefix, uri in namespaces.items()
        )
        self._start = b"<" + table + f" {spaces}>".encode()
        self._end = b"</" + table + b">"
        self._number = self._octets = 0

    def parse(self, rows: bytes, *, complete: bool = False, last: int | None = None) -> Iterator[LintedRow]:
        """Yield the rows of a window.

        Args:
            rows: octets of whole rows.
            complete: every window since the first was given, so that rows without a number can be counted.
            last: the last row whose cells are wanted; those below have none then.

        Raises:
            XMLSyntaxError: not well-formed.
            Lost: something other than rows and cells.

        """
        self._octets += len(rows)
        if self._octets > _LIMIT:
            raise Lost(f"more than {_LIMIT} octets of its rows would have to be parsed")
        parser = etree.XMLParser(**PARSER_OPTIONS)
        for element in etree.fromstring(self._start + rows + self._end, parser):
            if local_name(element.tag) != "row":
                raise Lost("something other than rows stands in its table of cells")
            number = parse_number(element.get("r"))
            self._number = number if number is not None else self._number + 1 if complete else 0
            yield LintedRow(
                self._number,
                {str(key): str(value) for key, value in element.attrib.items()},
                list(_list_cells(element, self._number)) if last is None or self._number <= last else (),
            )


def _list_cells(row: Element, number: int) -> Iterator[LintedCell]:
    column = 0
    for element in row:
        name = local_name(element.tag)
        if name != "c":
            raise Lost("something other than cells stands in one of its rows")
        reference = element.get("r", "").strip()
        place = parse_reference(reference)
        column = place[0] if place else column + 1
        parts = {local_name(child.tag): child for child in element}
        formula = parts.get("f")
        yield LintedCell(
            reference=reference if place else format_reference(column, number),
            column=column,
            style=parse_number(element.get("s")) or 0,
            has_content=formula is not None or _has_text(parts),
            formula=formula.text if formula is not None else None,
            element=element,
        )


def _has_text(parts: dict[str, Element]) -> bool:
    texts = (str(text) for name in ("v", "is") if name in parts for text in parts[name].itertext())
    return any(text.strip() for text in texts)
