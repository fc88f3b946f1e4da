"""The table of a batch's results as CSV (RFC 4180), for spreadsheet programs and scripts."""

import csv
import io
from collections.abc import Sequence
from typing import Final

from agent.service.batch.results import BatchResult
from agent.service.release import PendingOutput

COLUMNS: Final = ("file", "outcome", "status", "output", "sha256", "code", "message", "seconds")
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
"""Beginnings that make a spreadsheet program calculate; names of files come from strangers."""


def write_table(output: PendingOutput, results: Sequence[BatchResult]) -> None:
    """Write and release the table.

    Raises:
        UsageError: `output-unwritable`.

    """
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for result in results:
        writer.writerow(
            (
                _harmless(str(result.file)),
                result.outcome.value,
                int(result.status),
                _harmless(str(result.output) if result.output else ""),
                result.sha256,
                result.code,
                _harmless(result.message),
                f"{result.seconds:.3f}",
            )
        )
    output.write(text.getvalue().encode("utf-8", errors="backslashreplace"))
    output.release()


def _harmless(cell: str) -> str:
    """Put an apostrophe before what would be a formula."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
