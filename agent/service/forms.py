"""Forms read to be used: their entries written out, or filled into a new one, or parted in two."""

from pathlib import Path

from agent.cpl.entries import SubmissionForm
from agent.cpl.form import read_form
from agent.cpl.listing import Entries, parse_csv, parse_json
from agent.errors import DocumentError, UsageError
from agent.formats.package.package import open_package
from agent.formats.spreadsheet import open_workbook
from agent.service.files import read_file
from agent.service.reading import ReadingSettings, name_file

_MOST: int = 256 * 1024 * 1024


def read_form_file(path: Path, settings: ReadingSettings) -> SubmissionForm:
    """Read the form in a workbook.

    Raises:
        UsageError: the file cannot be read.
        DocumentError: it is malformed, over a limit, or `form-missing`.

    """
    data = read_file(path, what="workbook", limit=settings.limits.max_file_bytes)
    try:
        form = read_form(open_workbook(open_package(data, settings.limits)), settings.mapping)
    except DocumentError as error:
        raise name_file(error, path) from error
    if form is None:
        raise DocumentError(
            "form-missing",
            f"{path}: no form mapping fits the workbook",
            hint="describe the form's columns in a mapping ([form] mapping)",
        )
    return form


def read_entries(path: Path, settings: ReadingSettings) -> Entries:
    """Read entries from a `.json` or `.csv` file.

    Raises:
        UsageError: the file cannot be read; `entries-invalid`, `entries-format`.

    """
    suffix = path.suffix.lower()
    if suffix not in {".json", ".csv"}:
        raise UsageError(
            "entries-format", f"{path}: neither .json nor .csv", hint="name the file by what it holds"
        )
    try:
        data = read_file(path, what="file of entries", limit=_MOST)
    except DocumentError as error:
        raise UsageError(error.code, error.message, hint="fill the form in pieces") from error
    return parse_json(data, str(path)) if suffix == ".json" else parse_csv(data, str(path), settings.mapping)
