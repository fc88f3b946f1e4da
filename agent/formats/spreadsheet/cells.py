"""Cells and rows as values, and the references that name them (ECMA-376 part 1, clause 18.18.62).

A cell is a named tuple: a sheet has very many of them, and a frozen dataclass takes twice as long to make.
"""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Final, NamedTuple, cast

from agent.dataclass import dataclass

_REFERENCE: Final = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")
_RADIX: Final = 26


class CellKind(StrEnum):
    """What a cell's text is (ST_CellType, clause 18.18.11); all kinds of string are one."""

    STRING = "string"
    NUMBER = "number"
    BOOLEAN = "boolean"
    ERROR = "error"
    DATE = "date"
    """An ISO 8601 date, `t="d"`. Excel writes dates as NUMBER with a date style instead."""


class Cell(NamedTuple):
    """One cell that has a value or a formula."""

    reference: str
    """Such as B7."""
    column: int
    """From 1."""
    kind: CellKind
    text: str
    """A string's characters; of every other kind the text as it stands in the part, not converted.

    Of a formula it is the result that the program which saved the workbook cached.
    """
    style_index: int = 0
    """Index into cellXfs of the styles part."""
    is_formula: bool = False
    """Whether a formula makes the value; also inside the range of an array formula or data table."""


class SharedCell(NamedTuple):
    """A cell whose text is still only an index into the shared string table."""

    reference: str
    column: int
    string_index: int
    style_index: int
    is_formula: bool

    def resolve(self, strings: Mapping[int, str]) -> Cell:
        """Build the cell, with its text."""
        text = strings[self.string_index]
        return Cell(self.reference, self.column, CellKind.STRING, text, self.style_index, self.is_formula)


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its number, from 1, and its cells that are not empty, in column order."""

    number: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class UnresolvedRow:
    """A row as it stands in the sheet part."""

    number: int
    cells: tuple[Cell | SharedCell, ...]
    strings: tuple[int, ...] = ()
    """Indexes into the shared strings that the cells need."""

    def resolve(self, strings: Mapping[int, str]) -> Row:
        """Build the row with all texts; `strings` must have every index that the row needs."""
        if not self.strings:
            return Row(self.number, cast("tuple[Cell, ...]", self.cells))
        return Row(
            self.number,
            tuple(cell.resolve(strings) if isinstance(cell, SharedCell) else cell for cell in self.cells),
        )


def needed_strings(rows: list[UnresolvedRow]) -> set[int]:
    """List the shared string indexes that the rows need."""
    return {index for row in rows for index in row.strings}


def parse_reference(text: str) -> tuple[int, int] | None:
    """Parse `B7` into (column, row), both from 1; None when it is not a cell reference."""
    match = _REFERENCE.fullmatch(text)
    if match is None:
        return None
    column = 0
    for letter in match[1]:
        column = column * _RADIX + ord(letter) - ord("A") + 1
    return column, int(match[2])


def format_reference(column: int, row: int) -> str:
    """Write (column, row), both from 1, as `B7`."""
    letters = ""
    while column:
        column, rest = divmod(column - 1, _RADIX)
        letters = chr(ord("A") + rest) + letters
    return f"{letters}{row}"


def quote_sheet(name: str) -> str:
    """Write a sheet's name as formulas do: `'It''s'`."""
    return "'" + name.replace("'", "''") + "'"
