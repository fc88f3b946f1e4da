"""Verification of files of any type with the `.p7s` beside them: no token, no daemon, no audit."""

from collections.abc import Collection
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, cast

from agent.config.limits import DocumentLimits
from agent.containers import ContainerFormat
from agent.cpl.mapping import FormMapping
from agent.errors import DocumentError
from agent.findings import Observation
from agent.formats.cms.signed_data import load_signed_data
from agent.formats.cms.verify import list_hashes, verify_signed_data
from agent.formats.package.package import open_package
from agent.formats.spreadsheet.lint import ContentScan, open_scan
from agent.policy.findings import COUNTERSIGNATURE_STRIPPABLE, LIMIT_FILE_SIZE
from agent.policy.verdict import COUNTERSIGNED, FileVerdict, Judge
from agent.roles import Role
from agent.service.beside import SUFFIX, find_signature, signature_alone
from agent.service.detached import Content, look_through, read_open_content
from agent.service.examination import Examination, form_unreadable, read_verified_form, with_form
from agent.service.files import read_open
from agent.service.opening import DocumentRequest, OpenFiles, opening_files
from agent.service.verification import judge_examination
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
    chosen = choose_signature(path, signature)
    request = DocumentRequest(path, ContainerFormat.CMS, chosen)
    with opening_files(request) as files:
        examination = examine_detached(request, files, judge.limits, judge.mapping)
    return judge_detached(request, examination, judge, required=required)


def choose_signature(path: Path, signature: Path | None) -> Path:
    """Choose the signature to verify a file with: the one named, else the one beside it.

    Raises:
        UsageError: `signature-alone`, or `signature-missing`.

    """
    if path.suffix.lower() == SUFFIX:
        raise signature_alone(path)
    return signature or find_signature(path)


def examine_detached(
    request: DocumentRequest, files: OpenFiles, limits: DocumentLimits, mapping: FormMapping | None
) -> Examination:
    """Examine a file of any type with its `.p7s`, both open; the paths only name them in errors.

    Raises:
        UsageError: a file cannot be read.

    """
    content, signature = request.file, cast("Path", request.signature)
    try:
        octets = read_open(
            cast("BinaryIO", files.signature), signature, what="signature", limit=limits.max_xml_bytes
        )
    except DocumentError as error:
        return Examination(read_open_content(files.content, content, (), keep=0).sha256, error=error)
    return _examine(files.content, content, octets, limits, mapping)


def verify_detached_octets(
    names: tuple[str, str],
    octets: tuple[bytes, bytes],
    judge: Judge,
    *,
    required: Collection[frozenset[Role]] = COUNTERSIGNED,
) -> FileVerdict:
    """Verify a file and its `.p7s`, both read already and named."""
    file, signature = map(Path, names)
    request = DocumentRequest(file, ContainerFormat.CMS, signature)
    examination = _examine(BytesIO(octets[0]), file, octets[1], judge.limits, judge.mapping)
    return judge_detached(request, examination, judge, required=required)


def _examine(
    stream: BinaryIO, content: Path, signature: bytes, limits: DocumentLimits, mapping: FormMapping | None
) -> Examination:
    try:
        signed_data = load_signed_data(signature)
    except DocumentError as error:
        return Examination(read_open_content(stream, content, (), keep=0).sha256, error=error)
    read = read_open_content(stream, content, list_hashes(signed_data), keep=limits.max_file_bytes)
    record = verify_signed_data(signed_data, read.digests)
    scan, observations, remarks = _look_into(read, limits)
    form, of_form = read_verified_form(scan, record, mapping) if scan else (None, ())
    return Examination(read.sha256, record, with_form(observations, form), form, (*remarks, *of_form))


def judge_detached(
    request: DocumentRequest,
    examination: Examination,
    judge: Judge,
    *,
    required: Collection[frozenset[Role]] = COUNTERSIGNED,
) -> FileVerdict:
    """Judge what was found in a file and its `.p7s`."""
    signature = cast("Path", request.signature_name)
    strippable = (_strippable(signature),)
    verdict = judge_examination(str(request.name), examination, judge, required=required, remarks=strippable)
    return replace(verdict, container=ContainerFormat.CMS, signature_file=str(signature))


def _look_into(
    content: Content, limits: DocumentLimits
) -> tuple[ContentScan | None, tuple[Observation, ...], tuple[Problem, ...]]:
    """Open and look through what may be a workbook; one that cannot be read is a warning."""
    if content.too_large:
        error = LIMIT_FILE_SIZE.error(f"larger than {limits.max_file_bytes} octets")
        return None, (), (form_unreadable(error),)
    if content.octets is None:
        return None, (), ()
    try:
        scan = open_scan(open_package(content.octets, limits))
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
