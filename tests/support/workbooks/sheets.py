"""The example form's cells, written anew as Excel and as the Open XML SDK write a sheet."""

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from typing import Final
from xml.sax.saxutils import escape

from openpyxl import load_workbook

from agent.cpl.new import build_form
from tests.support.workbooks.zips import read_parts

CREATED: Final = datetime(2026, 1, 2, 3, 4, 6, tzinfo=UTC)
FORM_SHEET: Final = "CPL submission"
_EPOCH: Final = date(1899, 12, 30)
MAIN: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
DOCUMENT: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


@dataclass(frozen=True, slots=True)
class FormCell:
    """A cell with a value: a text, or a number (dates are numbers, as in the file)."""

    reference: str
    style: int
    value: str | float


FormRow = tuple[int, tuple[FormCell, ...]]
"""A row's number and its cells."""


@cache
def example_form() -> bytes:
    """Build the example form as `iki cpl new --example` does."""
    return build_form(example=True, created=CREATED)


@cache
def form_parts() -> dict[str, bytes]:
    """Read the parts of the example form: its styles and theme serve the other producers."""
    return read_parts(example_form())


@cache
def form_rows() -> tuple[FormRow, ...]:
    """List the rows of the example form that hold anything."""
    sheet = load_workbook(io.BytesIO(example_form()))[FORM_SHEET]
    rows = []
    for row in sheet.iter_rows():
        cells = tuple(
            FormCell(cell.coordinate, cell.style_id, _stored(cell.value))
            for cell in row
            if cell.value is not None
        )
        if cells:
            rows.append((int(row[0].row or 0), cells))
    return tuple(rows)


def _stored(value: object) -> str | float:
    """Make a date the number of days that Excel stores (ECMA-376 part 1, 18.17.4.1)."""
    if isinstance(value, datetime):
        return float((value.date() - _EPOCH).days)
    return str(value)


class SharedStrings:
    """A shared string table that grows as cells are written."""

    def __init__(self) -> None:
        """Start empty."""
        self._numbers: dict[str, int] = {}
        self._uses = 0

    def number(self, text: str) -> int:
        """Look up the number of a string, new or not."""
        self._uses += 1
        return self._numbers.setdefault(text, len(self._numbers))

    def build(self) -> bytes:
        """Write the part as Excel does."""
        items = "".join(f"<si><t>{escape(text)}</t></si>" for text in self._numbers)
        return (
            '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\r\n'
            f'<sst xmlns="{MAIN}" count="{self._uses}" uniqueCount="{len(self._numbers)}">{items}</sst>'
        ).encode()


def build_rows(
    rows: Iterable[tuple[int, tuple[FormCell, ...]]], strings: SharedStrings, prefix: str = ""
) -> str:
    """Write `row` elements with shared strings; `prefix` is that of the namespace, with its colon."""
    return "".join(_build_row(number, cells, strings, prefix) for number, cells in rows)


def _build_row(number: int, cells: Iterable[FormCell], strings: SharedStrings, prefix: str) -> str:
    inner = "".join(_build_cells(cells, strings, prefix))
    return f'<{prefix}row r="{number}">{inner}</{prefix}row>'


def _build_cells(cells: Iterable[FormCell], strings: SharedStrings, prefix: str) -> Iterator[str]:
    for cell in cells:
        kind, value = "", str(cell.value)
        if isinstance(cell.value, str):
            kind, value = ' t="s"', str(strings.number(cell.value))
        style = f' s="{cell.style}"' if cell.style else ""
        yield (f'<{prefix}c r="{cell.reference}"{style}{kind}><{prefix}v>{value}</{prefix}v></{prefix}c>')
