"""The table of shared strings looked through while it is inflated, for text that cannot be read."""

import re
from typing import Final

from lxml import etree
from lxml.etree import _Element as Element

from agent.errors import DocumentError
from agent.findings import CellText, Lint
from agent.formats.spreadsheet.limits import DEFAULT_LIMITS
from agent.formats.spreadsheet.lint.checks import text_run_invisible, text_run_struck
from agent.formats.spreadsheet.lint.names import local_name, split_tag
from agent.formats.spreadsheet.lint.notes import MOST_AREAS, Notes
from agent.formats.spreadsheet.lint.splitter import STEP, Lost, check_plain, last_start
from agent.formats.spreadsheet.lint.styles import Styles
from agent.formats.spreadsheet.lint.surroundings import note_lost
from agent.formats.spreadsheet.text import rich_text
from agent.formats.spreadsheet.xml import PARSER_OPTIONS

_LIMIT: Final = 4 * 1024 * 1024
"""Octets of one string, or of what stands before the first, that are kept at one time."""
_FIRST: Final = re.compile(rb"<((?:[^\s<>/=]+:)?)si[\s/>]")


class StringsScan:
    """The scan of the shared strings: feed it every octet, once, then close it."""

    def __init__(self, part: str, styles: Styles) -> None:
        """Start before the first octet."""
        self.part = part
        self.notes = Notes(part)
        self.has_begun = self._is_over = False
        self._styles = styles
        self._rest = self._head = self._end = b""
        self._name: bytes | None = None

    def feed(self, piece: bytes | memoryview) -> None:
        """Take the next octets of the part."""
        self.has_begun = True
        if self._is_over:
            return
        try:
            for start in range(0, len(piece), STEP):
                self._take(b"".join((self._rest, piece[start : start + STEP])))
        except (Lost, etree.XMLSyntaxError) as reason:
            self._lose(reason)

    def close(self) -> None:
        """Take the end of the part."""
        if self._is_over:
            return
        try:
            if self._name is None:
                check_plain(self._rest)
            self._look_at(self._rest, b"")
        except (Lost, etree.XMLSyntaxError) as reason:
            self._lose(reason)

    def _lose(self, reason: Exception) -> None:
        self._is_over = True
        note_lost(
            self.notes, self.part, str(reason) if isinstance(reason, Lost) else "it is not well-formed XML"
        )

    def _take(self, data: bytes) -> None:
        if self._name is None:
            found = _FIRST.search(data)
            if found:
                self._head, data = data[: found.start()], data[found.start() :]
                check_plain(self._head)
                self._name, self._end = found[1] + b"si", b"</" + found[1] + b"sst>"
        cut = max(0, last_start(data, (self._name,))) if self._name else 0
        if len(data) - cut > _LIMIT:
            raise Lost(f"one of its strings is longer than {_LIMIT} octets")
        if cut:
            self._look_at(data[:cut], self._end)
        self._rest = data[cut:]

    def _look_at(self, strings: bytes, end: bytes) -> None:
        # A search for one octet is ten times faster than any other, so it goes first.
        if not (
            ((b"!" in strings or b"?" in strings) and (b"<!" in strings or b"<?" in strings))
            or (b"P" in strings and b"rPr" in strings)
            or (b"x" in strings and b"xmlns" in strings)
        ) or self.notes.is_full(text_run_struck.LINT, MOST_AREAS):
            return
        parser = etree.XMLParser(**PARSER_OPTIONS)
        for item in etree.fromstring(self._head + strings + end, parser):
            if local_name(item.tag) == "si":
                self._check_string(item)

    def _check_string(self, item: Element) -> None:
        for message in text_run_invisible.list_invisible_runs(item, self._styles.colours):
            self.notes.add(text_run_invisible.LINT, self.part, message)
        for message, formats in text_run_invisible.list_hidden_runs(item, self._styles):
            self._note(text_run_invisible.LINT, item, message, formats)
        for message in text_run_struck.list_struck_runs(item):
            self._note(text_run_struck.LINT, item, message)

    def _note(self, lint: Lint, item: Element, message: str, formats: tuple[int, ...] = ()) -> None:
        """Note what holds in cells of these formats that have this text; which they are, others know."""
        try:
            text = rich_text(item, split_tag(item.tag)[0], self.part, DEFAULT_LIMITS)
        except DocumentError as error:
            raise Lost(error.message) from error
        self.notes.add(lint, self.part, message, text=CellText(text, formats))
