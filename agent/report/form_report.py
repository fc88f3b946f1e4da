"""What a form says and what its checks found, for programs and for people."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from agent.cpl.image import HashedImage, format_image_hash
from agent.findings import Finding, Level

if TYPE_CHECKING:
    # Most verdicts are printed without a form.
    from agent.cpl.entries import Entry, SubmissionForm

HEADINGS = ("level", "sheet", "cell", "value", "what is wrong", "what is expected")
"""Of the table of findings."""
_LEVELS = {Level.REFUSE: "REFUSED", Level.WARN: "warning", Level.INFORM: "note"}
_WIDEST = 40
"""Characters of a value in the table; the JSON has all of it."""


def describe_form(form: "SubmissionForm") -> dict[str, object]:
    """Build the JSON object of a form (docs/schemas/verify.schema.json): its columns and entries."""
    return {
        "sheet": form.sheet,
        "columns": [
            {
                "field": field.value,
                "column": column.number,
                "heading": column.heading,
                "type": column.kind.value,
            }
            for field, column in form.columns.items()
        ],
        "entries": [_describe_entry(form, entry) for entry in form.entries],
    }


def _describe_entry(form: "SubmissionForm", entry: "Entry") -> dict[str, object]:
    from agent.cpl.device_types import find_model_kind  # noqa: PLC0415 - only where there is a form
    from agent.cpl.entries import show_value  # noqa: PLC0415

    kind = find_model_kind(entry.device_type)
    return {
        "row": entry.row,
        "kind": kind.value if kind else None,
        "image_hash": entry.image_hash.hex().upper() if entry.image_hash else None,
        "cells": [
            {
                "field": field.value,
                "cell": cell.reference,
                "value": show_value(cell, form.columns[field].kind),
                "text": cell.text,
                "kind": cell.kind.value,
                "formula": cell.is_formula,
            }
            for field, cell in entry.cells.items()
        ],
    }


def describe_image(image: HashedImage) -> dict[str, object]:
    """Build the JSON object of a Manufacturer Image that was hashed (docs/schemas/cpl-check.schema.json)."""
    return {
        "file": image.file,
        "hash": format_image_hash(image.image_hash),
        "octets": image.octets,
        "what": image.what,
    }


def list_finding_rows(findings: tuple[Finding, ...]) -> Iterator[tuple[str, ...]]:
    """Yield the rows of the table of findings, what refuses first."""
    for finding in sorted(findings, key=lambda item: list(Level).index(item.level)):
        sheet, cell, value, wrong, expected = _place(finding)
        shown = value if len(value) <= _WIDEST else value[:_WIDEST] + "…"
        yield _LEVELS[finding.level], sheet, cell, shown, f"{wrong} [{finding.code}]", expected


def _place(finding: Finding) -> tuple[str, str, str, str, str]:
    remark = finding.remark
    if remark is not None:
        return remark.sheet, remark.cell, remark.value, remark.wrong, remark.expected
    quoted, _, cell = finding.where.rpartition("!")
    if not (quoted.startswith("'") and quoted.endswith("'")):
        quoted, cell = finding.where, ""
    sheet = quoted[1:-1].replace("''", "'") if quoted.startswith("'") else quoted
    return sheet, cell, "", finding.message, finding.hint
