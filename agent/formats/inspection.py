"""What an inspection of a workbook shows: what each signature covers, and the cells of a sheet."""

from collections.abc import Iterable, Mapping

from agent.dataclass import dataclass
from agent.formats.package.places import Place, PlaceState
from agent.formats.records import DocumentRecord
from agent.formats.spreadsheet import Row, Sheet


@dataclass(frozen=True, slots=True)
class SheetView:
    """One sheet, read over the octets that the signatures were compared with."""

    sheet: Sheet
    header_row: int | None
    """The row with the form's headers; None when the sheet is no submission form."""
    headings: Mapping[int, str]
    """Column, from 1, to the text in the header row."""
    faults: tuple[tuple[tuple[Place, PlaceState], ...], ...]
    """For each signature what keeps it from vouching for these cells; empty when it does."""
    row_count: int
    """Rows that have a cell."""
    shown: int
    """How many of them `rows` has, from the first on."""
    rows: Iterable[Row]
    """Read as it is gone through, once."""
    date_columns: frozenset[int] = frozenset()
    """Columns, from 1, whose cells below the headings are to hold dates."""
    hash_column: int | None = None
    """The column, from 1, of the Hash; None when the sheet has none that is known."""


@dataclass(frozen=True, slots=True)
class Inspection:
    """One workbook: cryptography and coverage, and nothing about trust."""

    file: str
    sha256: str
    """Hex."""
    record: DocumentRecord
    places: tuple[Place, ...]
    sheets: tuple[Sheet, ...]
    view: SheetView
