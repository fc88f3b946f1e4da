"""A form read to be exported, with what its export cannot say as the form does."""

from datetime import datetime
from pathlib import Path
from typing import Final

from agent.cpl.entries import SubmissionForm
from agent.cpl.lints import CELLS_OUTSIDE, COLUMN_NOT_READ, FORM_CELL, FORM_FORMULA, FORM_INVISIBLE
from agent.findings import Finding
from agent.service.checking import FormSettings, GivenImages, check_form_file
from agent.service.forms import miss_form

_UNFAITHFUL: Final = frozenset(
    {
        *("form-structure", "number-for-text", "form-merged", "form-number"),
        *(lint.code for lint in (FORM_FORMULA, FORM_CELL, FORM_INVISIBLE, CELLS_OUTSIDE, COLUMN_NOT_READ)),
    }
)
"""Findings about cells that a list of texts cannot give back, or that are not among the entries."""


def read_form_to_export(
    path: Path, settings: FormSettings, now: datetime
) -> tuple[SubmissionForm, tuple[Finding, ...]]:
    """Read the form in a workbook, and find what its export does not say as the form does.

    Raises:
        UsageError: the file cannot be read.
        DocumentError: it is malformed, over a limit, or `form-missing`.

    """
    checked = check_form_file(path, settings, GivenImages(), now)
    if checked.form is None:
        raise miss_form(path, checked.findings[0].message, checked.findings[0].hint)
    return checked.form, tuple(item for item in checked.findings if item.code in _UNFAITHFUL)
