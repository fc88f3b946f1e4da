"""Verification of files of any type with the `.p7s` beside them: no token, no daemon, no audit."""

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

from agent.containers import ContainerFormat
from agent.errors import DocumentError
from agent.findings import Observation
from agent.formats.cms.verify import list_hashes, verify_signed_data
from agent.formats.package.package import open_package
from agent.formats.spreadsheet.lint import ContentScan, open_scan
from agent.policy.findings import COUNTERSIGNATURE_STRIPPABLE, LIMIT_FILE_SIZE
from agent.policy.verdict import COUNTERSIGNED, FileVerdict, Judge, judge_malformed, judge_record
from agent.roles import Role
from agent.service.beside import SUFFIX, find_signature, signature_alone
from agent.service.detached import Content, look_through, read_content, read_signature
from agent.service.verification import form_unreadable, read_verified_form, with_form
from agent.verdicts import Problem


def verify_detached(
    path: Path,
    signature: Path | None,
    judge: Judge,
    *,
    required: Collection[frozenset[Role]] = COUNTERSIGNED,
) -> FileVerdict:
    """Verify a file of any type with `signature`, or with the `.p7s` beside it.

    Raises:
        UsageError: a file cannot be read, `signature-alone`, or `signature-missing`.

    """
    if path.suffix.lower() == SUFFIX:
        raise signature_alone(path)
    chosen = signature or find_signature(path)
    try:
        signed_data = read_signature(chosen, limit=judge.limits.max_xml_bytes)
    except DocumentError as error:
        content = read_content(path, (), keep=0)
        verdict = judge_malformed(str(path), content.sha256, judge, error)
        return _kept_beside(verdict, chosen)
    content = read_content(path, list_hashes(signed_data), keep=judge.limits.max_file_bytes)
    record = verify_signed_data(signed_data, content.digests)
    scan, observations, remarks = _look_into(content, judge)
    form, of_form = read_verified_form(scan, record, judge) if scan else (None, ())
    notes = (Problem(note, None) for note in judge.trust.notes)
    verdict = judge_record(
        str(path),
        content.sha256,
        record,
        judge,
        required=required,
        form=form,
        remarks=(*remarks, *of_form, *notes, _strippable(chosen)),
        observations=with_form(observations, form),
    )
    return _kept_beside(verdict, chosen)


def _kept_beside(verdict: FileVerdict, signature: Path) -> FileVerdict:
    return replace(verdict, container=ContainerFormat.CMS, signature_file=str(signature))


def _look_into(
    content: Content, judge: Judge
) -> tuple[ContentScan | None, tuple[Observation, ...], tuple[Problem, ...]]:
    """Open and look through what may be a workbook; one that cannot be read is a warning."""
    if content.too_large:
        error = LIMIT_FILE_SIZE.error(f"larger than {judge.limits.max_file_bytes} octets")
        return None, (), (form_unreadable(error),)
    if content.octets is None:
        return None, (), ()
    try:
        scan = open_scan(open_package(content.octets, judge.limits))
        _ = scan.workbook
        return scan, look_through(scan), ()
    except DocumentError as error:
        other_zip = error.code == "package-not-opc"
        return None, (), () if other_zip else (form_unreadable(error),)


def _strippable(signature: Path) -> Problem:
    """Say what this container cannot show, whatever the verdict."""
    message = (
        "a countersignature can be taken out of a .p7s without a trace: that there is none, or one alone,"
        " proves nothing; what counts is that the signatures asked for are there"
    )
    return COUNTERSIGNATURE_STRIPPABLE.at(signature.name, message)
