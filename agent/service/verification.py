"""Verification of files: no token, no daemon, no audit; anyone may verify.

The content is looked through in the pass that hashes the parts. The form is read only
when the signatures hold: what was changed after it was signed is nobody's word.
"""

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from agent.cpl.settling import settle_observations
from agent.errors import DocumentError
from agent.findings import Level, Observation
from agent.formats.package.package import open_package
from agent.formats.package.verify import verify_package
from agent.formats.records import DocumentRecord
from agent.formats.spreadsheet.lint import ContentScan, open_scan
from agent.policy.findings import FORM_UNREADABLE
from agent.policy.verdict import COUNTERSIGNED, FileVerdict, Judge, judge_malformed, judge_record
from agent.roles import Role
from agent.service.beside import SUFFIX, list_beside, signature_alone
from agent.service.file_digest import FileDigest
from agent.service.files import read_file
from agent.verdicts import Problem

if TYPE_CHECKING:
    from agent.cpl.form import SubmissionForm


def verify_file(
    path: Path, judge: Judge, *, required: Collection[frozenset[Role]] = COUNTERSIGNED
) -> FileVerdict:
    """Verify one file; a malformed document is a verdict, not an exception.

    Raises:
        UsageError: the file cannot be read, or `signature-alone` for a `.p7s`.

    """
    if path.suffix.lower() == SUFFIX:
        raise signature_alone(path)
    try:
        data = read_file(path, what="workbook", limit=judge.limits.max_file_bytes)
    except DocumentError as error:
        return judge_malformed(str(path), "", judge, error)
    return _with_hint(verify_octets(str(path), data, judge, required=required), path)


def _with_hint(verdict: FileVerdict, path: Path) -> FileVerdict:
    """Tell whoever forgot `--format cms` that a signature lies beside what is no signed workbook."""
    if not verdict.malformed or not (beside := list_beside(path)):
        return verdict
    finding = replace(verdict.findings[0], hint=f"{beside[0].name} lies beside it: verify with --format cms")
    return replace(verdict, findings=(finding, *verdict.findings[1:]))


def verify_octets(
    file: str, data: bytes, judge: Judge, *, required: Collection[frozenset[Role]] = COUNTERSIGNED
) -> FileVerdict:
    """Verify a file that was read already; `file` is what the verdict calls it."""
    digest = FileDigest(data)
    try:
        package = open_package(data, judge.limits)
        scan = open_scan(package)
        record = verify_package(package, scan.find_tap)
        observations = scan.finish()
    except DocumentError as error:
        return judge_malformed(file, digest.hex, judge, error)
    form, remarks = read_verified_form(scan, record, judge)
    notes = tuple(Problem(note, None) for note in judge.trust.notes)
    return judge_record(
        file,
        digest.hex,
        record,
        judge,
        required=required,
        form=form,
        remarks=(*remarks, *notes),
        observations=with_form(observations, form),
    )


def with_form(
    observations: tuple[Observation, ...], form: "SubmissionForm | None"
) -> tuple[Observation, ...]:
    """Add what the form observes to what its workbook does."""
    return (*settle_observations(observations, form), *(form.observations if form else ()))


def read_verified_form(
    scan: ContentScan, record: DocumentRecord, judge: Judge
) -> tuple["SubmissionForm | None", tuple[Problem, ...]]:
    """Read the form of a document whose signatures hold; a form that cannot be read is a warning."""
    if any(item.finding.level is Level.REFUSE for item in record.all_problems):
        return None, ()
    from agent.cpl.form import read_form  # noqa: PLC0415 - only where there is a form to read
    from agent.cpl.mapping import default_mapping  # noqa: PLC0415

    try:
        return read_form(scan.workbook, judge.mapping or default_mapping()), ()
    except DocumentError as error:
        return None, (form_unreadable(error),)


def form_unreadable(error: DocumentError) -> Problem:
    """Warn of a workbook that could not be read as one."""
    message = f"the form cannot be read, so neither it nor its countersigner was checked: {error.message}"
    return FORM_UNREADABLE.at("workbook", message, hint=error.hint)
