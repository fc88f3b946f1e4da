"""The lints that need to know which cells are the form's; their names alone, for the policy."""

from typing import Final

from agent.findings import Effect, Lint

_CLAUSE: Final = "docs/cpl.md, how it is read"

FORM_FORMULA: Final = Lint(
    "form-formula", _CLAUSE, "formulas in cells that the form is read from: their values may change"
)
FORM_CELL: Final = Lint(
    "form-cell",
    _CLAUSE,
    "cells of the form that hold a truth value, an error, or a number in a spelling that is not shown",
)
FORM_INVISIBLE: Final = Lint(
    "form-invisible",
    _CLAUSE,
    "characters in cells of the form that are not seen: they turn the text round, or have no width",
)
ENTRY_FAR: Final = Lint(
    "entry-far", _CLAUSE, "entries of the form more than 100 rows below the one before", Effect.BESIDE
)
CELLS_OUTSIDE: Final = Lint(
    "cells-outside-form",
    _CLAUSE,
    "content on the form's sheet in columns without a heading, or above and to the right of the headings",
)
COLUMN_NOT_READ: Final = Lint(
    "column-not-read",
    _CLAUSE,
    "columns of the form with a heading that the mapping does not know",
    Effect.NONE,
)
DRAWING_BESIDE: Final = Lint(
    "drawing-beside-form",
    _CLAUSE,
    "pictures, charts and shapes that lie over no heading and no entry of the form",
    Effect.NONE,
)
TITLE_FORMULA: Final = Lint(
    "title-formula",
    _CLAUSE,
    "formulas above the headings of the form: the title that they show may change after it was signed",
)
RUN_BESIDE: Final = Lint(
    "text-run-beside-form",
    _CLAUSE,
    "pieces of text struck, raised, lowered, or less than 6 points high, in no cell of the form",
    Effect.NONE,
)
FORM_LINTS: Final = (
    *(FORM_FORMULA, FORM_CELL, FORM_INVISIBLE, ENTRY_FAR),
    *(CELLS_OUTSIDE, COLUMN_NOT_READ, DRAWING_BESIDE, TITLE_FORMULA, RUN_BESIDE),
)
"""All of them."""
