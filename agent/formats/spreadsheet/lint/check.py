"""What a lint is made of: its name, and a function for each kind of place that it looks at."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import field
from typing import TypeAlias

from lxml.etree import _Element as Element

from agent.dataclass import dataclass
from agent.findings import Area, Lint
from agent.formats.spreadsheet.lint.names import place_of
from agent.formats.spreadsheet.lint.styles import Styles

Found: TypeAlias = tuple[str, str] | tuple[str, str, Area]
"""A place, what a reader would see differently there, and the cells it lies over if that matters."""


@dataclass(frozen=True, slots=True)
class Link:
    """One relationship, with what decides what it stands for."""

    kind: str
    """The last word of its type in lower case: readers know the strict, transitional and own forms of it."""
    external: bool
    target: str
    of_sheet: bool
    """It starts from a sheet itself, whose elements say which cell it belongs to."""


@dataclass(frozen=True, slots=True)
class LintedCell:
    """One cell of a row that was parsed exactly."""

    reference: str
    column: int
    style: int
    has_content: bool
    formula: str | None
    element: Element


@dataclass(frozen=True, slots=True)
class LintedRow:
    """One row that was parsed exactly."""

    number: int
    """From 1; 0 when the part does not say it."""
    attributes: Mapping[str, str]
    cells: Sequence[LintedCell]

    @property
    def contents(self) -> list[LintedCell]:
        """The cells that hold something."""
        return [cell for cell in self.cells if cell.has_content]


@dataclass(slots=True)
class LintedSheet:
    """One sheet, and what its beginning says about the rows that follow."""

    name: str
    part: str
    styles: Styles
    targets: Mapping[str, str] = field(default_factory=dict)
    """Id of each external relationship to its target."""
    hidden_columns: set[int] = field(default_factory=set)
    tiny_columns: set[int] = field(default_factory=set)
    narrow_columns: dict[int, float] = field(default_factory=dict)
    """Column to its width, of those that show a few characters."""
    hides_rows: bool = False
    """Rows without a height of their own are not shown, or too low."""
    margins: Mapping[str, float] = field(default_factory=dict)
    """Of the printed page, in inches."""
    merges: list[tuple[int, int, int, int]] = field(default_factory=list)
    """First column, first row, last column, last row."""

    def place(self, reference: str) -> str:
        """Name a cell or range of this sheet."""
        return place_of(self.name, reference)


@dataclass(frozen=True, slots=True)
class PartOfSheet:
    """A part that belongs to a sheet: its kind, as `Link.kind`, and the root of its XML."""

    sheet: str
    part: str
    kind: str
    root: Element

    def place(self, reference: str) -> str:
        """Name a cell or range of the sheet it belongs to."""
        return place_of(self.sheet, reference)


@dataclass(frozen=True, slots=True)
class Check:
    """One lint: every function is pure, and yields or returns what it found."""

    lint: Lint
    link: Callable[[Link], str | None] | None = None
    """Asked of every relationship; says what is to be said of it."""
    workbook: Callable[[Element], Iterable[Found]] | None = None
    """Asked of the whole workbook part."""
    element: Callable[[LintedSheet, Element], Iterable[Found]] | None = None
    """Asked of every child of a sheet's root but the table of cells, when it is complete."""
    row: Callable[[LintedSheet, LintedRow], Iterable[Found]] | None = None
    """Asked of every row that could not be passed over by its octets."""
    formula: Callable[[str], str | None] | None = None
    """Asked of every formula, string literals taken out, in upper case."""
    part: Callable[[PartOfSheet], Iterable[Found]] | None = None
    """Asked of the small parts of a sheet: drawings, comments."""


def link_check(lint: Lint, kinds: Iterable[str], message: str) -> Check:
    """Build the check of a lint that is known by the relationship alone; kinds are in lower case."""
    known = frozenset(kinds)
    return Check(lint, link=lambda link: message if link.kind in known else None)
