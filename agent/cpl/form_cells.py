"""What the cells that the form is read from hold besides plain text: it may be shown as something else."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Final

from agent.cpl.fields import DATE_FIELDS, FormField
from agent.cpl.lints import ENTRY_FAR, FORM_CELL, FORM_FORMULA, FORM_INVISIBLE
from agent.findings import Observation
from agent.formats.spreadsheet import Cell, CellKind

_GAP: Final = 100
_MOST: Final = 20
"""Observations of one kind that are kept."""
_PLAIN_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]{0,10})(?:\.[0-9]{0,9}[1-9])?", re.ASCII)
_DAY: Final = re.compile(r"[1-9][0-9]{0,6}(?:\.[0-9]{1,12})?", re.ASCII)
"""A day with its time: shown as a date, however its fraction is written."""
_LONGEST_NUMBER: Final = 11
"""Characters that are shown of a number without a format (General)."""
_UNSEEN: Final = frozenset(
    map(
        chr,
        (
            *(0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0),
            *range(0x180B, 0x1810),
            *range(0xFE00, 0xFE10),
            *range(0xE0000, 0xE1000),
        ),
    )
)
"""Default_Ignorable_Code_Point of Unicode but those of category Cf, and the blank of Braille."""


class FormCells:
    """Collects what the form's own cells are, row by row."""

    def __init__(self, sheet: str) -> None:
        """Take the sheet's name, quoted as in formulas."""
        self._sheet = sheet
        self._found: list[Observation] = []
        self._counts: dict[str, int] = {}
        self._last_row = 0
        self.heading_styles: dict[int, str] = {}
        """Cell format to the first heading of the form that has it."""
        self.entry_styles: dict[int, str] = {}
        """The same for entries."""
        self.number_styles: dict[int, str] = {}
        """The same for numbers where the form asks for text."""

    def take(self, row: int, cells: Mapping[FormField, Cell], *, are_headings: bool = False) -> None:
        """Take the next row of headings or values."""
        if self._last_row and row - self._last_row > _GAP:
            message = f"the entry stands {row - self._last_row} rows below the one before"
            self._note(ENTRY_FAR.code, f"{row}:{row}", message)
        self._last_row = row
        styles = self.heading_styles if are_headings else self.entry_styles
        for field, cell in cells.items():
            reference, _, kind, text, style, is_formula = cell  # one by one takes three times as long
            if style not in styles:
                styles[style] = f"{self._sheet}!{reference}"
            if is_formula:
                message = f"a formula makes the value of {field}, so it may change after it was signed"
                if are_headings:
                    message = f"a formula makes the heading of {field}"
                self._note(FORM_FORMULA.code, reference, message)
            if not text.isascii() or not text.isprintable():
                self._check_characters(cell, are_headings=are_headings)
            if kind is not CellKind.STRING:
                self._check_kind(field, cell)

    def __iter__(self) -> Iterator[Observation]:
        """Yield what was found."""
        yield from self._found
        for code, count in self._counts.items():
            if count > _MOST:
                yield Observation(code, self._sheet, f"the same in {count - _MOST} more cells")

    def _check_characters(self, cell: Cell, *, are_headings: bool) -> None:
        text = cell.text.replace("\n", "") if are_headings else cell.text
        unseen = next((character for character in text if _is_unseen(character)), "")
        if unseen:
            name = unicodedata.name(unseen, "a control character")
            message = f"the text holds U+{ord(unseen):04X} ({name}), which is not seen"
            self._note(FORM_INVISIBLE.code, cell.reference, message)

    def _check_kind(self, field: FormField, cell: Cell) -> None:
        text = cell.text.strip(" ")
        if cell.kind is CellKind.NUMBER:
            if field in DATE_FIELDS:
                is_plain = _DAY.fullmatch(text) is not None
            else:
                if cell.style_index not in self.number_styles:
                    self.number_styles[cell.style_index] = f"{self._sheet}!{cell.reference}"
                is_plain = _PLAIN_NUMBER.fullmatch(text) is not None and len(text) <= _LONGEST_NUMBER
            if text and not is_plain:
                message = f"{field} is a number written {cell.text[:40]!a}: programs show another text"
                self._note(FORM_CELL.code, cell.reference, message)
        elif text and not (cell.kind is CellKind.DATE and field in DATE_FIELDS):
            message = f"{field} is not text but a {cell.kind}: programs show it as they like"
            self._note(FORM_CELL.code, cell.reference, message)

    def _note(self, code: str, reference: str, message: str) -> None:
        count = self._counts[code] = self._counts.get(code, 0) + 1
        if count <= _MOST:
            self._found.append(Observation(code, f"{self._sheet}!{reference}", message))


def _is_unseen(character: str) -> bool:
    category = unicodedata.category(character)
    return category.startswith("C") or category in ("Zl", "Zp") or character in _UNSEEN
