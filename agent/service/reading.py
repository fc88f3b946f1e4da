"""Reading a workbook to show it: no trust anchor, no CRL, no token; a configuration if there is one."""

import hashlib
from pathlib import Path

from agent.config.limits import DocumentLimits
from agent.cpl.mapping import FormMapping
from agent.dataclass import dataclass
from agent.errors import DocumentError
from agent.formats.package.package import Package, open_package
from agent.formats.package.verify import verify_package
from agent.formats.records import DocumentRecord
from agent.formats.spreadsheet import Workbook, open_workbook
from agent.service.files import read_file
from agent.service.workspace import load_reading_settings


@dataclass(frozen=True, slots=True)
class ReadingSettings:
    """What a workbook is read with."""

    limits: DocumentLimits
    mapping: FormMapping


@dataclass(frozen=True, slots=True)
class ReadWorkbook:
    """A workbook as it was read, once."""

    file: str
    sha256: str
    """Hex."""
    package: Package
    record: DocumentRecord
    workbook: Workbook


def load_reading(named: Path | None) -> ReadingSettings:
    """Load limits and form mapping from the configuration, if there is one; else the built-in ones.

    Raises:
        UsageError: the configuration named, or the form mapping, is missing or invalid.

    """
    return ReadingSettings(*load_reading_settings(named))


def read_workbook(path: Path, settings: ReadingSettings) -> ReadWorkbook:
    """Read a workbook and verify cryptography and coverage of its signatures; who signed is not judged.

    Raises:
        UsageError: the file cannot be read.
        DocumentError: it is malformed, over a limit, or no workbook.

    """
    data = read_file(path, what="workbook", limit=settings.limits.max_file_bytes)
    return parse_workbook(str(path), data, settings)


def parse_workbook(file: str, data: bytes, settings: ReadingSettings) -> ReadWorkbook:
    """Do the same with octets that were read already; `file` is what errors call them.

    Raises:
        DocumentError: they are malformed, over a limit, or no workbook.

    """
    try:
        package = open_package(data, settings.limits)
        record = verify_package(package)
        workbook = open_workbook(package)
    except DocumentError as error:
        raise name_file(error, file) from error
    return ReadWorkbook(file, hashlib.sha256(data).hexdigest(), package, record, workbook)


def name_file(error: DocumentError, path: Path | str) -> DocumentError:
    """Build the same error with the name of the file in front."""
    return DocumentError(error.code, f"{path}: {error.message}", hint=error.hint)
