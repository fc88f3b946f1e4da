"""Verification of files: no token, no daemon, no audit; anyone may verify."""

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

from agent.errors import DocumentError
from agent.policy.verdict import COUNTERSIGNED, FileVerdict, Judge, judge_malformed, judge_record
from agent.roles import Role
from agent.service.beside import SUFFIX, list_beside, signature_alone
from agent.service.examination import Examination, examine_octets
from agent.service.files import read_file
from agent.verdicts import Problem


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
    return with_hint(verify_octets(str(path), data, judge, required=required), path)


def with_hint(verdict: FileVerdict, path: Path) -> FileVerdict:
    """Tell whoever forgot `--format cms` that a signature lies beside what is no signed workbook."""
    if not verdict.malformed or not (beside := list_beside(path)):
        return verdict
    finding = replace(verdict.findings[0], hint=f"{beside[0].name} lies beside it: verify with --format cms")
    return replace(verdict, findings=(finding, *verdict.findings[1:]))


def verify_octets(
    file: str, data: bytes, judge: Judge, *, required: Collection[frozenset[Role]] = COUNTERSIGNED
) -> FileVerdict:
    """Verify a file that was read already; `file` is what the verdict calls it."""
    examination = examine_octets(data, judge.limits, judge.mapping)
    return judge_examination(file, examination, judge, required=required)


def judge_examination(
    file: str,
    examination: Examination,
    judge: Judge,
    *,
    required: Collection[frozenset[Role]] = COUNTERSIGNED,
    remarks: Collection[Problem] = (),
) -> FileVerdict:
    """Judge what was found in a file; `file` is what the verdict calls it, `remarks` go into it as well."""
    if examination.error is not None:
        return judge_malformed(file, examination.sha256, judge, examination.error)
    notes = (Problem(note, None) for note in judge.trust.notes)
    return judge_record(
        file,
        examination.sha256,
        examination.record,
        judge,
        required=required,
        form=examination.form,
        remarks=(*examination.remarks, *notes, *remarks),
        observations=examination.observations,
    )
