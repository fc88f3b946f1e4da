"""The report of a verification, written to a file: an HTML page, or the same page as PDF."""

import hashlib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path, PurePath
from typing import Final

from agent.cpl.mapping import default_mapping
from agent.errors import DocumentError, UsageError
from agent.formats.inspection import Inspection
from agent.policy.verdict import FileVerdict, Judge
from agent.report.html.material import ReportMaterial
from agent.report.html.page import render_page
from agent.report.html.pdf import check_pdf, to_pdf
from agent.service.files import read_file
from agent.service.inspection import inspect_workbook
from agent.service.reading import ReadingSettings, parse_workbook
from agent.service.release import PendingOutput

_HTML: Final = frozenset({".html", ".htm"})
_PDF: Final = ".pdf"
_MAX_ROWS: Final = 20_000
_MAX_ROWS_PDF: Final = 1_000
"""Laying out pages takes one to three seconds for each hundred rows."""


def check_report(output: Path) -> None:
    """Check that a report of this name can be made, before anything is verified.

    Raises:
        UsageError: `report-suffix`; `report-pdf-unavailable` without the optional extra.

    """
    suffix = output.suffix.lower()
    if suffix == _PDF:
        check_pdf()
    elif suffix not in _HTML:
        raise UsageError(
            "report-suffix",
            f"--report {output}: neither a page nor a PDF",
            hint="name it OUT.html or OUT.pdf",
        )


def write_report(
    output: Path, verdict: FileVerdict, judge: Judge, *, required: str, made_at: datetime, force: bool
) -> None:
    """Write the report of a verdict; the file is read again and must still be what was judged.

    Raises:
        UsageError: `document-changed`; the file cannot be read; why the output cannot appear.

    """
    check_report(output)
    is_pdf = output.suffix.lower() == _PDF
    path = Path(verdict.file)
    signature = [Path(verdict.signature_file)] if verdict.signature_file else []
    material = _collect(path, verdict, judge, required, _MAX_ROWS_PDF if is_pdf else _MAX_ROWS)
    with PendingOutput(output, inputs=(path, *signature), force=force) as pending:
        for portion in _render(material, made_at, is_pdf=is_pdf):
            pending.write(portion)
        pending.release()


def build_report(
    data: bytes, verdict: FileVerdict, judge: Judge, *, required: str, made_at: datetime
) -> Iterator[bytes]:
    """Build the page of a verdict over octets that were read already."""
    material = _show(PurePath(verdict.file).name, data, verdict, judge, required, _MAX_ROWS)
    return _render(material, made_at, is_pdf=False)


def _render(material: ReportMaterial, made_at: datetime, *, is_pdf: bool) -> Iterator[bytes]:
    page = render_page(material, made_at=made_at)
    if is_pdf:
        yield to_pdf("".join(page))
    else:
        yield from (portion.encode() for portion in page)


def _collect(path: Path, verdict: FileVerdict, judge: Judge, required: str, rows: int) -> ReportMaterial:
    """Read the file once more for what the page shows beside the verdict."""
    try:
        data = read_file(path, what="document", limit=judge.limits.max_file_bytes)
    except DocumentError as error:
        return ReportMaterial(verdict, path.stat().st_size, None, error.message, required)
    if verdict.sha256 and hashlib.sha256(data).hexdigest() != verdict.sha256:
        raise UsageError(
            "document-changed", f"{path}: it changed while it was verified", hint="run the command again"
        )
    return _show(path.name, data, verdict, judge, required, rows)


def _show(
    name: str, data: bytes, verdict: FileVerdict, judge: Judge, required: str, rows: int
) -> ReportMaterial:
    """Find what the page shows beside the verdict, in the octets that were judged."""
    try:
        inspection = _inspect(name, data, judge, rows)
    except DocumentError as error:
        return ReportMaterial(verdict, len(data), None, error.message, required)
    return ReportMaterial(verdict, len(data), inspection, "", required)


def _inspect(name: str, data: bytes, judge: Judge, rows: int) -> Inspection:
    settings = ReadingSettings(judge.limits, judge.mapping or default_mapping())
    return inspect_workbook(parse_workbook(name, data, settings), settings, limit=rows)
