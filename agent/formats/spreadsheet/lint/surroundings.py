"""What stands around the table of cells, parsed exactly as it arrives, and forgotten element by element."""

from collections.abc import Collection, Iterable, Mapping
from typing import Final, cast

from lxml import etree
from lxml.etree import _Element as Element

from agent.formats.spreadsheet.cells import parse_reference, quote_sheet
from agent.formats.spreadsheet.dialects import MAIN_NAMESPACES
from agent.formats.spreadsheet.lint.check import LintedSheet
from agent.formats.spreadsheet.lint.checks import (
    alternate_content,
    column_tiny,
    foreign_markup,
    form_narrow,
    row_tiny,
    unusual_markup,
)
from agent.formats.spreadsheet.lint.headers import read_margins
from agent.formats.spreadsheet.lint.names import is_true, local_name, parse_number, relationship_id
from agent.formats.spreadsheet.lint.notes import Notes
from agent.formats.spreadsheet.lint.registry import CHECKS
from agent.formats.spreadsheet.lint.splitter import Lost
from agent.formats.spreadsheet.xml import PARSER_OPTIONS

_ELEMENT_CHECKS: Final = tuple((check.lint, check.element) for check in CHECKS if check.element)
_LAST_COLUMN: Final = 16_384
_MAX_MERGES: Final = 20_000
_MAX_OCTETS: Final = 16 * 1024 * 1024
"""Octets of one element beside the table, merged cells apart."""
_CELLS: Final = ("worksheet", "dialogsheet", "macrosheet")


class Surroundings:
    """The element tree of one sheet without its table of cells."""

    def __init__(self, sheet: LintedSheet, notes: Notes) -> None:
        """Start before the root."""
        self._sheet = sheet
        self._notes = notes
        self._parser = etree.XMLPullParser(events=("start", "end"), **PARSER_OPTIONS)
        self._depth = self._tables = self._octets = 0
        self.root_name = ""
        """Local name of the root; empty before it began."""
        self.namespaces: Mapping[str | None, str] = {}
        """Prefix to namespace, as the root declares them."""
        self.header_drawing = ""
        """Id of the drawing in the printed header and footer, which lies over no cell."""

    @property
    def tables(self) -> int:
        """The tables of cells among what was fed so far."""
        return self._tables

    def feed(self, data: bytes) -> None:
        """Parse the next octets.

        Raises:
            XMLSyntaxError: not well-formed.
            Lost: they cannot be followed.

        """
        self._octets += len(data)
        for start in range(0, len(data), 1 << 16):
            self._parser.feed(data[start : start + (1 << 16)])
            self._take_events()
        if self._octets > _MAX_OCTETS:
            raise Lost(f"one element beside its cells is longer than {_MAX_OCTETS} octets")

    def close(self) -> None:
        """Parse the end.

        Raises:
            XMLSyntaxError: not well-formed.
            Lost: no table of cells where there should be one, or more than one.

        """
        self._parser.close()
        self._take_events()
        if self._tables != int(self.root_name in _CELLS):
            raise Lost(f"it has {self._tables} tables of cells")

    def drop(self) -> None:
        """Let go of the parser: lxml wants it to end in the thread in which it began."""
        self._parser = etree.XMLPullParser()

    def names(self, local: str) -> list[bytes]:
        """List the qualified names that an element of SpreadsheetML may have, by the root's prefixes."""
        return [f"{prefix}{local}".encode() for prefix in self._prefixes(foreign=False)]

    def foreign_starts(self) -> list[bytes]:
        """List the octets by which names of other namespaces begin, and attributes that seem to be own.

        Those of heights, relationships and identities stand in every row, and are looked for as elements.
        """
        own = [
            f"{space}{prefix}" for prefix in self._prefixes(foreign=False) if prefix for space in " \t\r\n"
        ]
        foreign = [
            f"<{prefix}"
            if foreign_markup.is_harmless_namespace(self.namespaces[prefix[:-1]] or "")
            else prefix
            for prefix in self._prefixes(foreign=True)
            if prefix
        ]
        return [start.encode() for start in (*own, *foreign)]

    def _prefixes(self, *, foreign: bool) -> list[str]:
        return [
            f"{prefix}:" if prefix else ""
            for prefix, uri in self.namespaces.items()
            if (uri not in MAIN_NAMESPACES) is foreign
        ]

    def _take_events(self) -> None:
        for event, item in self._parser.read_events():
            element = cast("Element", item)
            if event == "start":
                self._depth += 1
                if self._depth == 1:
                    self._begin(element)
                continue
            self._depth -= 1
            if self._depth == 1:
                self._end_child(element)
            elif self._depth == 2 and local_name(element.tag) == "mergeCell":  # noqa: PLR2004 - below a child
                self._note_merge(element)

    def _begin(self, root: Element) -> None:
        self.root_name, self.namespaces = local_name(root.tag), dict(root.nsmap)
        if not self.root_name:
            raise Lost("its root is not SpreadsheetML")
        if cast("object", root.getroottree().docinfo.internalDTD) is not None:
            raise Lost("it has a document type declaration")
        for message in alternate_content.list_processed(root):
            self._notes.add(alternate_content.CHECK.lint, quote_sheet(self._sheet.name), message)

    def _end_child(self, element: Element) -> None:
        for lint, check in _ELEMENT_CHECKS:
            for found in check(self._sheet, element):
                self._notes.add(lint, *found)
        name = local_name(element.tag)
        if name == "sheetData":
            self._tables += 1
        elif name == "cols":
            self._note_columns(element)
        elif name == "sheetFormatPr":
            self._note_defaults(element)
        elif name == "pageMargins":
            self._sheet.margins = read_margins(element)
        elif name == "legacyDrawingHF":
            self.header_drawing = relationship_id(element)
        self._octets = 0
        _forget(element)

    def _note_defaults(self, defaults: Element) -> None:
        """Note what cells have whose row or column says nothing of its size (18.3.1.81)."""
        sheet = self._sheet
        lowest = row_tiny.lowest_of(sheet.styles.looks.sizes.get(0))
        if is_true(defaults.get("zeroHeight")) or row_tiny.is_tiny(
            defaults.get("defaultRowHeight", "15"), lowest
        ):
            sheet.hides_rows = True
        columns = range(1, _LAST_COLUMN + 1)
        self._note_width(defaults.get("defaultColWidth"), columns)
        if column_tiny.read_width(defaults.get("baseColWidth", "8")) < 1:
            sheet.tiny_columns.update(columns)

    def _note_columns(self, columns: Element) -> None:
        sheet, spans = self._sheet, 0
        outlined: set[int] = set()
        collapsed: list[int] = []
        for column in columns:
            first, last = parse_number(column.get("min")), parse_number(column.get("max"))
            if first is None or last is None or first > last:
                raise Lost("its columns have no numbers")
            last = min(last, _LAST_COLUMN)
            spans += max(0, last - first + 1)
            if spans > _LAST_COLUMN:
                raise Lost("its columns overlap")
            span = range(first, last + 1)
            if parse_number(column.get("outlineLevel", "0")) != 0:
                outlined.update(span)
            if is_true(column.get("hidden")):
                sheet.hidden_columns.update(span)
            else:
                self._note_width(column.get("width"), span)
            if is_true(column.get("collapsed")):
                collapsed.extend((first, last))
        for edge in collapsed:
            self._hide_group(edge, outlined)

    def _note_width(self, width: str | None, columns: Iterable[int]) -> None:
        """Note columns that are too narrow for a character, or for more than a few."""
        if width is None:
            return
        characters = column_tiny.read_width(width)
        self._sheet.tiny_columns.difference_update(columns)
        for column in columns:
            self._sheet.narrow_columns.pop(column, None)
        if characters < column_tiny.NARROWEST:
            self._sheet.tiny_columns.update(columns)
        elif characters < form_narrow.NARROW:
            self._sheet.narrow_columns.update(dict.fromkeys(columns, characters))

    def _hide_group(self, edge: int, outlined: Collection[int]) -> None:
        """Count outlined columns beside a collapsed one as hidden: on which side is the program's affair."""
        for step in (-1, 1):
            column = edge + step
            while column in outlined:
                self._sheet.hidden_columns.add(column)
                column += step

    def _note_merge(self, element: Element) -> None:
        first, _, last = element.get("ref", "").strip().replace("$", "").partition(":")
        start, end = parse_reference(first), parse_reference(last or first)
        if start is None or end is None:
            raise Lost("its merged cells are no ranges")
        if start[0] > end[0] or start[1] > end[1]:
            # Excel mends or refuses them, LibreOffice takes them as they are meant (18.18.62).
            raise Lost("its merged cells do not run from the top left to the bottom right")
        if len(self._sheet.merges) == _MAX_MERGES:
            raise Lost(f"it has more than {_MAX_MERGES} merged cells")
        self._sheet.merges.append((*start, *end))
        _forget(element)
        self._octets = 0


def _forget(element: Element) -> None:
    """Drop an element's content and all that stands before it, so that memory does not grow."""
    element.clear()
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]


def note_lost(notes: Notes, where: str, reason: str) -> None:
    """Note that something was not looked through, and why."""
    notes.add(unusual_markup.LINT, where, f"it was not looked through: {reason}")
