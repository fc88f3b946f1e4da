"""What is found in a document before anybody judges it: cryptography, coverage, content, and the form.

Nothing here needs a trust anchor, a path or the clock: a worker process that has none of them does all of it.
The content is looked through in the pass that hashes the parts. The form is read only when the signatures
hold: what was changed after it was signed is nobody's word.
"""

from typing import TYPE_CHECKING

from agent.config.limits import DocumentLimits
from agent.cpl.settling import settle_observations
from agent.dataclass import dataclass
from agent.errors import DocumentError
from agent.findings import Level, Observation
from agent.formats.package.package import open_package
from agent.formats.package.verify import verify_package
from agent.formats.records import DocumentRecord
from agent.formats.spreadsheet.lint import ContentScan, open_scan
from agent.policy.findings import FORM_UNREADABLE
from agent.service.file_digest import FileDigest
from agent.verdicts import Problem

if TYPE_CHECKING:
    from agent.cpl.entries import SubmissionForm
    from agent.cpl.mapping import FormMapping

_NOTHING = DocumentRecord(())


@dataclass(frozen=True, slots=True)
class Examination:
    """What was found in one document."""

    sha256: str
    """Hex; empty when the file could not be read to its end."""
    record: DocumentRecord = _NOTHING
    observations: tuple[Observation, ...] = ()
    """Those of the content lint, settled, and those of the form."""
    form: "SubmissionForm | None" = None
    remarks: tuple[Problem, ...] = ()
    """What kept the content or the form from being looked at."""
    error: DocumentError | None = None
    """Why there is nothing else: the document could not be opened."""


def examine_octets(data: bytes, limits: DocumentLimits, mapping: "FormMapping | None") -> Examination:
    """Examine a workbook that carries its signatures itself; one that is malformed is an answer too.

    `mapping` None is the built-in one.
    """
    digest = FileDigest(data)
    try:
        package = open_package(data, limits)
        scan = open_scan(package)
        record = verify_package(package, scan.find_tap)
        observations = scan.finish()
    except DocumentError as error:
        return Examination(digest.hex, error=error)
    form, remarks = read_verified_form(scan, record, mapping)
    return Examination(digest.hex, record, with_form(observations, form), form, remarks)


def with_form(
    observations: tuple[Observation, ...], form: "SubmissionForm | None"
) -> tuple[Observation, ...]:
    """Add what the form observes to what its workbook does."""
    return (*settle_observations(observations, form), *(form.observations if form else ()))


def read_verified_form(
    scan: ContentScan, record: DocumentRecord, mapping: "FormMapping | None"
) -> tuple["SubmissionForm | None", tuple[Problem, ...]]:
    """Read the form of a document whose signatures hold; a form that cannot be read is a warning."""
    if any(item.finding.level is Level.REFUSE for item in record.all_problems):
        return None, ()
    from agent.cpl.form import read_form  # noqa: PLC0415 - only where there is a form to read
    from agent.cpl.mapping import default_mapping  # noqa: PLC0415

    try:
        return read_form(scan.workbook, mapping or default_mapping()), ()
    except DocumentError as error:
        return None, (form_unreadable(error),)


def form_unreadable(error: DocumentError) -> Problem:
    """Warn of a workbook that could not be read as one."""
    message = f"the form cannot be read, so neither it nor its countersigner was checked: {error.message}"
    return FORM_UNREADABLE.at("workbook", message, hint=error.hint)
