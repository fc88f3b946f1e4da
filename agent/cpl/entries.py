"""What the submission form says: its entries, with the cells that they were read from."""

from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Final

from agent.cpl.dates import read_date
from agent.cpl.fields import FieldKind, FormField
from agent.dataclass import dataclass
from agent.findings import Area, Finding, Observation
from agent.formats.spreadsheet import Cell, CellKind, format_reference

_SAYS: Final = slice(2, 4)
"""Kind and text of a cell: taken out together, since a form has very many of them."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the form: a Device Model."""

    row: int
    """From 1, as the spreadsheet program shows it."""
    cells: Mapping[FormField, Cell]
    """The cells that have a value or a formula."""
    image_hash: bytes | None = None
    """The 32 octets; None when the cell is empty or is not a Hash (then a rule says so)."""

    def value(self, named: FormField) -> str:
        """Give a field's text without surrounding spaces; empty when there is none."""
        cell = self.cells.get(named)
        return "" if cell is None else cell.text.strip(" ")

    @property
    def values(self) -> dict[str, str]:
        """Field name to text, of the fields that have one."""
        return {named.value: text for named in self.cells if (text := self.value(named))}

    @property
    def device_type(self) -> str:
        """The device type as written; empty when the cell is."""
        return self.value(FormField.DEVICE_TYPE)


@dataclass(frozen=True, slots=True)
class FormColumn:
    """A column that the form mapping knows."""

    number: int
    """From 1."""
    heading: str
    """As written."""
    kind: FieldKind
    """What its cells hold."""


@dataclass(frozen=True, slots=True)
class SubmissionForm:
    """What the form says, and what could not be read."""

    sheet: str
    entries: tuple[Entry, ...]
    findings: tuple[Finding, ...] = ()
    """What makes it unclear what the form is: for the rule `form-structure`."""
    observations: tuple[Observation, ...] = ()
    """Formulas in its cells, and what stands beside them: for the content lint."""
    area: Area | None = None
    """The headings and entries, as one rectangle."""
    heading_styles: Mapping[int, str] = field(default_factory=dict)
    """Cell format to the first of its headings that has it."""
    entry_styles: Mapping[int, str] = field(default_factory=dict)
    """The same for entries."""
    number_styles: Mapping[int, str] = field(default_factory=dict)
    """The same for cells with a number where the form asks for text."""
    columns: Mapping[FormField, FormColumn] = field(default_factory=dict)
    """The columns that are read."""
    required: frozenset[FormField] = frozenset()
    """What every entry must say."""
    _values: dict[FormField, tuple[Cell, ...]] = field(
        default_factory=dict, init=False, compare=False, repr=False
    )
    """What `values_of` listed before."""
    _said: dict[FormField, list[tuple[Entry, Cell]]] = field(
        default_factory=dict, init=False, compare=False, repr=False
    )
    """What `cells_of` listed before: many rules look at the same cells."""

    @property
    def image_hashes(self) -> tuple[bytes, ...]:
        """The different Hashes of all entries, in the order of the form."""
        return tuple(
            dict.fromkeys(entry.image_hash for entry in self.entries if entry.image_hash is not None)
        )

    def fields_of(self, kind: FieldKind) -> tuple[FormField, ...]:
        """List the fields of the form whose cells hold this, in the order of their columns."""
        return tuple(named for named, column in self.columns.items() if column.kind is kind)

    def cells_of(self, named: FormField) -> Sequence[tuple[Entry, Cell]]:
        """List the cells of a field that say something, formulas apart: those are refused as such."""
        if not self._said:
            self._said.update(_list_said(self.entries))
        return self._said.get(named, ())

    def values_of(self, named: FormField) -> Sequence[Cell]:
        """List the cells of a field that say something, of those that say the same only one."""
        found = self._values.get(named)
        if found is None:
            cells = {cell[_SAYS]: cell for _, cell in self.cells_of(named)}
            found = self._values[named] = tuple(cells.values())
        return found

    def reference(self, entry: Entry, named: FormField) -> str:
        """Name the cell of a field, such as `N6`, also when it is empty; the row without such a column."""
        column = self.columns.get(named)
        return format_reference(column.number, entry.row) if column else f"{entry.row}:{entry.row}"


def _list_said(entries: Sequence[Entry]) -> dict[FormField, list[tuple[Entry, Cell]]]:
    """List what the entries say by field, in one pass: a form has very many cells."""
    said: dict[FormField, list[tuple[Entry, Cell]]] = {named: [] for named in FormField}
    for entry in entries:
        for named, cell in entry.cells.items():
            _, _, _, text, _, is_formula = cell
            if not is_formula and text.strip(" "):
                said[named].append((entry, cell))
    return said


def show_written(cell: Cell | None, kind: FieldKind) -> str:
    """Give what people see in a cell: of a date that is a text the text, else as `show_value`."""
    return cell.text if cell is not None and cell.kind is CellKind.STRING else show_value(cell, kind)


def show_value(cell: Cell | None, kind: FieldKind) -> str:
    """Give what a cell says: a date as `2029-03-31` if it is one, anything else as it is written."""
    if cell is None:
        return ""
    day = read_date(cell) if kind is FieldKind.DATE else None
    return day.day.isoformat() if day else cell.text
