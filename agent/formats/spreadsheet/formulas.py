"""Where formulas make values beyond their own cell (ECMA-376 part 1, clause 18.3.1.40).

Only the first cell of an array formula or data table carries `f`; the others look like typed values.
"""

from typing import Final

from agent.formats.spreadsheet.cells import parse_reference
from agent.formats.spreadsheet.xml import malformed, over_limit

_ACTIVE_MAXIMUM: Final = 1024
_SPREADING: Final = ("array", "dataTable")


class FormulaRanges:
    """The ranges that are still open at the row being read."""

    def __init__(self, part_name: str) -> None:
        """Start with none."""
        self._part_name = part_name
        self._active: list[tuple[int, int, int]] = []

    def copy(self) -> "FormulaRanges":
        """Build another that goes on from here on its own."""
        twin = FormulaRanges(self._part_name)
        twin._active = list(self._active)
        return twin

    @property
    def is_open(self) -> bool:
        """Whether a range may reach beyond the row being read."""
        return bool(self._active)

    def begin_row(self, number: int) -> None:
        """Forget the ranges that ended above this row."""
        if self._active:
            self._active = [span for span in self._active if span[2] >= number]

    def add(self, formula_type: str, reference: str, where: str) -> None:
        """Note a formula in the cell being read; shared formulas mark each of their cells themselves.

        Raises:
            DocumentError: `spreadsheet-malformed` when its range is no range; `spreadsheet-over-limit`.

        """
        if formula_type not in _SPREADING:
            return
        first, _, last = reference.partition(":")
        start, end = parse_reference(first), parse_reference(last or first)
        if start is None or end is None:
            raise malformed(where, f"{reference[:40]!r} is not the range of a formula")
        if len(self._active) >= _ACTIVE_MAXIMUM:
            raise over_limit(self._part_name, f"more than {_ACTIVE_MAXIMUM} array formulas side by side")
        self._active.append((start[0], end[0], end[1]))

    def covers(self, column: int) -> bool:
        """Say whether an open range covers this column of the row being read."""
        return bool(self._active) and any(first <= column <= last for first, last, _ in self._active)
