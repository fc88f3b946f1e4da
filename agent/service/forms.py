"""Entries read from a file, to be filled into a new form; and the error where there is no form."""

from pathlib import Path

from agent.cpl.listing import Entries, parse_csv, parse_json
from agent.errors import DocumentError, UsageError
from agent.service.files import read_file
from agent.service.reading import ReadingSettings

_MOST: int = 256 * 1024 * 1024


def miss_form(path: Path, message: str, hint: str) -> DocumentError:
    """Build the error that says that there is no form, and why."""
    return DocumentError("form-missing", f"{path}: {message}", hint=hint)


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
