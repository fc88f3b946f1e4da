"""Verification of files: no token, no daemon, no audit; anyone may verify.

The form is read only when there is a countersignature whose signer must fit its
device types; whatever else does without, so the reader of forms is imported late.
"""

import hashlib
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

from agent.errors import DocumentError
from agent.findings import Finding, Level
from agent.formats.package.package import Package, open_package
from agent.formats.package.verify import verify_package
from agent.formats.records import DocumentRecord
from agent.policy.verdict import COUNTERSIGNED, FileVerdict, Judge, judge_malformed, judge_record
from agent.roles import Role
from agent.service.files import read_file
from agent.verdicts import Problem

if TYPE_CHECKING:
    from agent.cpl.form import SubmissionForm


def verify_file(
    path: Path, judge: Judge, *, required: Collection[frozenset[Role]] = COUNTERSIGNED
) -> FileVerdict:
    """Verify one file; a malformed document is a verdict, not an exception.

    Raises:
        UsageError: the file cannot be read.

    """
    try:
        data = read_file(path, what="workbook", limit=judge.limits.max_file_bytes)
    except DocumentError as error:
        return judge_malformed(str(path), "", judge, error)
    return verify_octets(str(path), data, judge, required=required)


def verify_octets(
    file: str, data: bytes, judge: Judge, *, required: Collection[frozenset[Role]] = COUNTERSIGNED
) -> FileVerdict:
    """Verify a file that was read already; `file` is what the verdict calls it."""
    sha256 = hashlib.sha256(data).hexdigest()
    try:
        package = open_package(data, judge.limits)
        record = verify_package(package)
    except DocumentError as error:
        return judge_malformed(file, sha256, judge, error)
    form, remarks = _read_countersigned_form(package, record, judge)
    notes = tuple(Problem(note, None) for note in judge.trust.notes)
    return judge_record(file, sha256, record, judge, required=required, form=form, remarks=(*remarks, *notes))


def _read_countersigned_form(
    package: Package, record: DocumentRecord, judge: Judge
) -> tuple["SubmissionForm | None", tuple[Problem, ...]]:
    """Read the form when a countersignature depends on it; a form that cannot be read is a warning.

    What was changed after it was signed has failed already, and what its form says is nobody's word.
    """
    countersigning = {role for role in Role if role.countersigns}
    problems = (*record.problems, *(item for signature in record.signatures for item in signature.problems))
    if any(item.finding.level is Level.REFUSE for item in problems):
        return None, ()
    if not any(signature.claimed_role in countersigning for signature in record.signatures):
        return None, ()
    from agent.cpl.form import read_form  # noqa: PLC0415 - see the module's docstring
    from agent.cpl.mapping import default_mapping  # noqa: PLC0415
    from agent.formats.spreadsheet import open_workbook  # noqa: PLC0415

    try:
        return read_form(open_workbook(package), judge.mapping or default_mapping()), ()
    except DocumentError as error:
        finding = Finding(
            "form-unreadable",
            Level.WARN,
            "workbook",
            f"the form cannot be read, so its countersigner was not checked: {error.message}",
            "MP168 (Devices: Supplier; Communications Hubs: DCC)",
            error.hint,
        )
        return None, (Problem(finding, None),)
