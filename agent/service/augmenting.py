"""Augmenting: a timestamp or CRLs into the signatures of a document signed before; no key, no token, no PIN.

In a workbook a signature that a countersignature takes in is frozen: one octet more in its part, and the
countersignature no longer holds. What can still be added to is whatever no other signature takes in.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from agent.containers import ContainerFormat
from agent.dataclass import dataclass
from agent.errors import DocumentError, IkiError, UsageError
from agent.findings import Finding, Level
from agent.formats.cms.verify import list_hashes
from agent.formats.package.package import open_package
from agent.formats.records import DocumentRecord
from agent.formats.unsigned import UnsignedProperties
from agent.policy.verdict import Judge, SignatureVerdict, judge_signatures
from agent.roles import Role
from agent.service.additions import (
    Added,
    AdditionRefusedError,
    Additions,
    SignatureOutline,
    collect_additions,
)
from agent.service.beside import find_signature
from agent.service.containers import Container, DetachedContainer, PackageContainer
from agent.service.detached import read_content, read_signature
from agent.service.files import read_file
from agent.service.release import PendingOutput
from agent.service.trust import load_configured_trust
from agent.service.workspace import Workspace
from agent.verdicts import Problem


@dataclass(frozen=True, slots=True)
class AugmentingJob:
    """What a person asks for."""

    file: Path
    output: Path
    additions: Additions
    role: Role | None = None
    """The role of the one signature to add to; None means every one that is not frozen."""
    force: bool = False
    container: ContainerFormat = ContainerFormat.PACKAGE
    signature: Path | None = None
    """The `.p7s` to add to; None for the one beside the file."""


@dataclass(frozen=True, slots=True)
class AugmentingResult:
    """What was done."""

    job: AugmentingJob
    augmented: tuple[SignatureVerdict, ...]
    """The signatures added to, as judged before."""
    frozen: tuple[SignatureVerdict, ...]
    """Those that nothing can be added to any more."""
    sha256: str
    """SHA-256 of the output in hex."""
    findings: tuple[Finding, ...]


def run_augmenting(job: AugmentingJob, workspace: Workspace) -> AugmentingResult:
    """Add to the signatures of one workbook.

    Raises:
        IkiError: every reason not to, by class and code; no output exists then.

    """
    job.additions.check(workspace)
    signature = _find_signature(job)
    inputs = (job.file, signature) if signature else (job.file,)
    with PendingOutput(job.output, inputs=inputs, force=job.force) as output:
        container = _open(job, signature, workspace)
        trust = load_configured_trust(workspace.configuration, fetch_for=())
        judge = Judge(trust, workspace.policy, workspace.configuration.limits, datetime.now(UTC))
        record, _ = container.inspect()
        signatures = judge_signatures(record, judge)
        _check_whole(job.file, record.problems, signatures)
        frozen = _list_frozen(signatures) if container.freezes else ()
        chosen = _choose(job, signatures, frozen)
        collected = {
            item.record.part: _collect(container, item, job.additions, judge, workspace) for item in chosen
        }
        data = container.augment({part: added.properties for part, added in collected.items()})
        _check_output(container.reopen(data), record)
        output.write(data)
        output.release()
    notes = tuple(note for added in collected.values() for note in added.notes)
    sha256 = hashlib.sha256(data).hexdigest()
    return AugmentingResult(job, chosen, frozen, sha256, (*trust.notes, *notes))


def _find_signature(job: AugmentingJob) -> Path | None:
    """Find the `.p7s`; None when the document carries its signatures itself."""
    if job.container is ContainerFormat.PACKAGE:
        return None
    return job.signature or find_signature(job.file)


def _open(job: AugmentingJob, signature: Path | None, workspace: Workspace) -> Container:
    limits = workspace.configuration.limits
    try:
        if signature is None:
            data = read_file(job.file, what="workbook", limit=limits.max_file_bytes)
            return PackageContainer(open_package(data, limits))
        existing = read_signature(signature, limit=limits.max_xml_bytes)
        content = read_content(job.file, list_hashes(existing), keep=0)
        return DetachedContainer(content.digests, existing, None)
    except DocumentError as error:
        where = signature or job.file
        message = error.message.removeprefix(f"{where}: ")
        raise DocumentError(error.code, f"{where}: {message}", hint=error.hint) from error


def _check_whole(file: Path, problems: Iterable[Problem], signatures: Iterable[SignatureVerdict]) -> None:
    """Refuse a document whose signatures do not hold; whether their signers are trusted is no matter here."""
    found = [*problems, *(item for signature in signatures for item in signature.record.problems)]
    for item in found:
        if item.finding.level is Level.REFUSE:
            raise AdditionRefusedError(
                "augment-broken",
                f"{file}: nothing is added to a document that fails: {item.finding.message}",
                hint=f"see `iki verify {file}`",
            )


def _list_frozen(signatures: Iterable[SignatureVerdict]) -> tuple[SignatureVerdict, ...]:
    taken = {part for item in signatures for part in item.record.countersigns}
    return tuple(item for item in signatures if item.record.part in taken)


def _choose(
    job: AugmentingJob, signatures: Iterable[SignatureVerdict], frozen: tuple[SignatureVerdict, ...]
) -> tuple[SignatureVerdict, ...]:
    """Choose the signatures to add to; raises UsageError, and AdditionRefusedError `signature-frozen`."""
    wanted = [item for item in signatures if job.role in (None, item.record.claimed_role)]
    if not wanted:
        what = f"as {job.role}" if job.role else "in it"
        raise UsageError(
            "signature-missing",
            f"{job.file}: there is no signature {what}",
            hint=f"see `iki verify {job.file}`",
        )
    chosen = tuple(item for item in wanted if item not in frozen)
    if not chosen:
        raise AdditionRefusedError(
            "signature-frozen",
            f"{job.file}: the signature as {job.role} is frozen: a countersignature covers it whole"
            " and would not hold any more",
            hint="leave --role out to add to the countersignature, whose timestamp proves the time of both;"
            " or add to the first signature before it is countersigned",
        )
    return chosen


def _collect(
    container: Container,
    signature: SignatureVerdict,
    additions: Additions,
    judge: Judge,
    workspace: Workspace,
) -> Added:
    record = signature.record
    present = container.read_added(record.part)
    _check_absent(record.part, present, additions)
    if signature.facts is None or record.certificate is None:
        raise IkiError("signature-without-signer", f"{record.part}: passed without a signer")
    outline = SignatureOutline(
        record.part,
        container.timestamped_octets(record.part),
        signature.facts,
        (record.certificate, *record.issuers),
        record.crls,
    )
    added = collect_additions(additions, outline, judge.trust, workspace)
    return replace(added, properties=present.merged(added.properties))


def _check_absent(part: str, present: UnsignedProperties, additions: Additions) -> None:
    for asked, there, what in (
        (additions.timestamp, present.timestamp, "a timestamp"),
        (additions.embed_revocation, present.crls or present.certificates, "CRLs"),
    ):
        if asked and there:
            raise AdditionRefusedError(
                "addition-present",
                f"{part}: has {what} already, and may have it once",
                hint="leave the option out; `iki verify` says what the timestamp proves",
            )


def _check_output(after: Container, before: DocumentRecord) -> None:
    """Verify what was built before it appears: the same signatures, and nothing wrong with them."""
    record, _ = after.inspect()
    # a set of CMS signatures has no order of its own
    same = {item.value for item in record.signatures} == {item.value for item in before.signatures}
    if not same or any(item.finding.level is Level.REFUSE for item in record.all_problems):
        raise IkiError("augment-broke", "what was built would not verify; this is a defect of iki")
