"""One sheet looked through while it is inflated.

A window of rows is passed over when its octets cannot hold anything that a lint looks
for, and parsed exactly when they might. Names of elements and attributes are always
written out in XML, so a name that is not in the octets is not in the rows; whatever could
make that untrue (CDATA, comments, references inside a tag, namespaces declared on the way)
has its own mark in the octets, and is parsed.
"""

import re
from collections.abc import Sequence
from typing import Final

from lxml import etree

from agent.formats.spreadsheet.cells import quote_sheet
from agent.formats.spreadsheet.lint.check import LintedRow, LintedSheet
from agent.formats.spreadsheet.lint.checks import (
    column_hidden,
    column_tiny,
    fill_alignment,
    font_invisible,
    number_format,
    row_hidden,
    row_tiny,
    text_run_invisible,
    text_run_struck,
)
from agent.formats.spreadsheet.lint.formulas import normalise_formula
from agent.formats.spreadsheet.lint.names import parse_number
from agent.formats.spreadsheet.lint.notes import MOST_AREAS, Notes
from agent.formats.spreadsheet.lint.registry import CHECKS
from agent.formats.spreadsheet.lint.row_parser import RowWindow
from agent.formats.spreadsheet.lint.splitter import Lost, SheetSplitter
from agent.formats.spreadsheet.lint.surroundings import Surroundings, note_lost

_ROW_CHECKS: Final = tuple((check.lint, check.row) for check in CHECKS if check.row)
_FORMULA_CHECKS: Final = tuple((check.lint, check.formula) for check in CHECKS if check.formula)
_COLUMN_LINTS: Final = (column_hidden.CHECK.lint, column_tiny.CHECK.lint)
_STYLE_LINTS: Final = (number_format.CHECK.lint, font_invisible.CHECK.lint, fill_alignment.CHECK.lint)
# Each begins with its letters, and looks for the space before them afterwards: that is searched for faster.
_HEIGHT: Final = re.compile(rb"ht(?<=\sht)\s*=\s*[\"']([^\"']*)")
_STYLE: Final = re.compile(rb"s(?<=\ss)\s*=\s*[\"']([^\"']*)")
_COLUMN: Final = re.compile(rb"r(?<=\sr)\s*=\s*[\"']\s*([A-Z]{1,3})[0-9]")
_REFERENCE_IN_TAG: Final = re.compile(rb"=\s*(?:\"[^\"<]*&|'[^'<]*&)")
_ENTITY: Final = re.compile(r"&(#x[0-9A-Fa-f]{1,6}|#[0-9]{1,7}|lt|gt|amp|quot|apos);")
_NAMED: Final = {"lt": "<", "gt": ">", "amp": "&", "quot": '"', "apos": "'"}


def check_formula(text: str, where: str, notes: Notes) -> None:
    """Ask every lint about one formula."""
    formula = normalise_formula(text)
    for lint, check in _FORMULA_CHECKS:
        message = check(formula)
        if message:
            notes.add(lint, where, message)


class SheetScan:
    """The scan of one sheet: feed it every octet, once, then close it."""

    def __init__(self, sheet: LintedSheet) -> None:
        """Start before the first octet."""
        self.sheet = sheet
        self.notes = Notes(quote_sheet(sheet.name))
        self.surroundings = Surroundings(sheet, self.notes)
        self.has_begun = self._is_over = False
        self._splitter = SheetSplitter(self._begin_rows, self._look_at, self.surroundings.feed)
        self._window: RowWindow | None = None
        self._formula_starts: Sequence[bytes] = ()
        self._cell_starts: Sequence[bytes] = ()
        self._foreign_starts: Sequence[bytes] = ()
        self._formula_texts = re.compile(b"")
        sizes = (None, *sheet.styles.looks.sizes.values())
        self._lowest = max(map(row_tiny.lowest_of, sizes))
        """Points; in higher rows every text of the workbook can be read."""

    def feed(self, piece: bytes | memoryview) -> None:
        """Take the next octets of the part."""
        self.has_begun = True
        if not self._is_over:
            try:
                self._splitter.feed(piece)
            except (Lost, etree.XMLSyntaxError) as reason:
                self._lose(reason)

    def close(self) -> None:
        """Take the end of the part."""
        try:
            if not self._is_over:
                self._splitter.close()
                self.surroundings.close()
        except (Lost, etree.XMLSyntaxError) as reason:
            self._lose(reason)
        finally:
            self.surroundings.drop()

    def _lose(self, reason: Exception) -> None:
        self._is_over = True
        message = str(reason) if isinstance(reason, Lost) else "it is not well-formed XML"
        note_lost(self.notes, quote_sheet(self.sheet.name), message)

    def _begin_rows(self, before: bytes, table: bytes) -> Sequence[bytes]:
        around = self.surroundings
        around.feed(before)
        # As if the table were empty: it is a child of the root, or inside a comment or something else.
        around.feed(b"<" + table + b"/>")
        if around.tables != 1:
            raise Lost("its table of cells is not where it should be")
        self._window = RowWindow(around.namespaces, table)
        formulas = around.names("f")
        self._formula_starts = [b"<" + name for name in formulas]
        self._cell_starts = [b"<" + name for name in around.names("c")]
        self._foreign_starts = around.foreign_starts()
        names = b"|".join(map(re.escape, formulas))
        self._formula_texts = re.compile(rb"<(?:" + names + rb")(?:\s[^<>]*)?>([^<]*)")
        return around.names("row")

    def _look_at(self, rows: bytes) -> None:
        if self._is_obscure(rows) or self._is_told_by_names(rows) or self._is_told_by_values(rows):
            for row in self._window.parse(rows) if self._window else ():
                self._check_row(row)

    def _is_obscure(self, rows: bytes) -> bool:
        """Tell whether names or values may be written otherwise than they read.

        A search for one octet is ten times faster than any other, so it goes first.
        """
        return (
            ((b"!" in rows or b"?" in rows) and (b"<!" in rows or b"<?" in rows))
            or (b"x" in rows and b"xmlns" in rows)
            or (b"&" in rows and _REFERENCE_IN_TAG.search(rows) is not None)
            or (b":" in rows and any(start in rows for start in self._foreign_starts))
        )

    def _is_told_by_names(self, rows: bytes) -> bool:
        return (
            self._may_hide(rows)
            or (b"h" in rows and b"ht" in rows and self._may_be_low(rows))
            or (b"f" in rows and any(start in rows for start in self._formula_starts) and self._calls(rows))
            or (b"P" in rows and b"rPr" in rows and not self._has_enough_runs())
        )

    def _has_enough_runs(self) -> bool:
        return self.notes.is_full(text_run_invisible.LINT) and self.notes.is_full(
            text_run_struck.LINT, MOST_AREAS
        )

    def _may_hide(self, rows: bytes) -> bool:
        return (
            self.sheet.hides_rows
            or (b"h" in rows and _is_set(rows, b"hidden"))
            or (b"l" in rows and _is_set(rows, b"collapsed"))
        ) and not self.notes.is_full(row_hidden.CHECK.lint)

    def _may_be_low(self, rows: bytes) -> bool:
        heights = {height.decode("ascii", "replace") for height in set(_HEIGHT.findall(rows))}
        if not heights or self.notes.is_full(row_tiny.CHECK.lint):
            return False
        if not any(row_tiny.is_tiny(height, self._lowest) for height in heights):
            return False
        sizes = self.sheet.styles.looks.sizes
        lowest = max(row_tiny.lowest_of(sizes.get(style or 0)) for style in _list_styles(rows))
        return any(row_tiny.is_tiny(height, lowest) for height in heights)

    def _calls(self, rows: bytes) -> bool:
        text = b"\n".join(self._formula_texts.findall(rows)).decode("utf-8", "replace")
        formula = normalise_formula(_ENTITY.sub(_resolve, text) if "&" in text else text)
        return any(check(formula) and not self.notes.is_full(lint) for lint, check in _FORMULA_CHECKS)

    def _is_told_by_values(self, rows: bytes) -> bool:
        return self._has_watched_style(rows) or self._has_watched_column(rows)

    def _has_watched_style(self, rows: bytes) -> bool:
        styles = self.sheet.styles
        by_lint = (styles.formats, styles.looks.unreadable, styles.fills)
        watched = [
            table
            for lint, table in zip(_STYLE_LINTS, by_lint, strict=True)
            if table and not self.notes.is_full(lint)
        ]
        if not watched:
            return False
        return any(index in table for index in _list_styles(rows) for table in watched)

    def _has_watched_column(self, rows: bytes) -> bool:
        columns = [
            numbers
            for lint, numbers in zip(
                _COLUMN_LINTS, (self.sheet.hidden_columns, self.sheet.tiny_columns), strict=True
            )
            if numbers and not self.notes.is_full(lint)
        ]
        if not columns:
            return False
        letters = _COLUMN.findall(rows)
        return len(letters) < sum(map(rows.count, self._cell_starts)) or any(
            _column_number(name) in numbers for name in set(letters) for numbers in columns
        )

    def _check_row(self, row: LintedRow) -> None:
        for lint, check in _ROW_CHECKS:
            for found in check(self.sheet, row):
                self.notes.add(lint, *found)
        for cell in row.cells:
            if cell.formula:
                check_formula(cell.formula, self.sheet.place(cell.reference), self.notes)


def _list_styles(rows: bytes) -> set[int | None]:
    """List the cell formats in a window; a cell without one has the first."""
    values = set(_STYLE.findall(rows))
    return {0, *(parse_number(value.decode("ascii", "replace")) for value in values)}


def _is_set(rows: bytes, name: bytes) -> bool:
    if name not in rows:
        return False
    # LibreOffice writes hidden="false" and collapsed="false" into every row.
    plain = sum(rows.count(name + b'="' + value) for value in (b'false"', b'0"'))
    return rows.count(name) != plain


def _resolve(match: re.Match[str]) -> str:
    name = match[1]
    if not name.startswith("#"):
        return _NAMED[name]
    code = int(name.removeprefix("#x"), 16) if name[1] == "x" else int(name[1:])
    return chr(code) if code < 0x110000 else match[0]  # noqa: PLR2004 - the end of Unicode


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number
