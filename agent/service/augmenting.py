"""Augmenting: a timestamp or CRLs into the signatures of a workbook signed before; no key, no token, no PIN.

A signature that a countersignature takes in is frozen: one octet more in its part, and the countersignature
no longer holds. What can still be added to is whatever no other signature takes in.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from agent.errors import DocumentError, IkiError, UsageError
from agent.findings import Finding, Level
from agent.formats.package.augment import iter_augmented, read_unsigned_properties, timestamped_octets_of
from agent.formats.package.package import Package, open_package
from agent.formats.package.verify import verify_package
from agent.formats.records import DocumentRecord
from agent.formats.unsigned import UnsignedProperties
from agent.policy.verdict import Judge, SignatureVerdict, judge_signatures
from agent.roles import Role
from agent.service.additions import AdditionRefusedError, Additions, SignatureOutline, collect_additions
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
    limits = workspace.configuration.limits
    with PendingOutput(job.output, inputs=(job.file,), force=job.force) as output:
        package = _open(read_file(job.file, what="workbook", limit=limits.max_file_bytes), job, workspace)
        trust = load_configured_trust(workspace.configuration, fetch_for=())
        judge = Judge(trust, workspace.policy, limits, datetime.now(UTC))
        record = verify_package(package)
        signatures = judge_signatures(record, judge)
        _check_whole(job.file, record.problems, signatures)
        frozen = _list_frozen(signatures)
        chosen = _choose(job, signatures, frozen)
        collected = {
            item.record.part: _collect(package, item, job.additions, judge, workspace) for item in chosen
        }
        pieces = iter_augmented(package, {part: unsigned for part, (unsigned, _) in collected.items()})
        data = b"".join(pieces)
        _check_output(data, record, workspace)
        output.write(data)
        output.release()
    notes = tuple(note for _, found in collected.values() for note in found)
    sha256 = hashlib.sha256(data).hexdigest()
    return AugmentingResult(job, chosen, frozen, sha256, (*trust.notes, *notes))


def _open(data: bytes, job: AugmentingJob, workspace: Workspace) -> Package:
    try:
        return open_package(data, workspace.configuration.limits)
    except DocumentError as error:
        raise DocumentError(error.code, f"{job.file}: {error.message}", hint=error.hint) from error


def _check_whole(file: Path, problems: Iterable[Problem], signatures: Iterable[SignatureVerdict]) -> None:
    """Refuse a workbook whose signatures do not hold; whether their signers are trusted is no matter here."""
    found = [*problems, *(item for signature in signatures for item in signature.record.problems)]
    for item in found:
        if item.finding.level is Level.REFUSE:
            raise AdditionRefusedError(
                "augment-broken",
                f"{file}: nothing is added to a workbook that fails: {item.finding.message}",
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
            f"{job.file}: the signature as {job.role} is frozen: a countersignature covers it octet for octet"
            " and would not hold any more",
            hint="leave --role out to add to the countersignature, whose timestamp proves the time of both;"
            " or add to the first signature before it is countersigned",
        )
    return chosen


def _collect(
    package: Package, signature: SignatureVerdict, additions: Additions, judge: Judge, workspace: Workspace
) -> tuple[UnsignedProperties, tuple[Finding, ...]]:
    record = signature.record
    present = read_unsigned_properties(package, record.part)
    _check_absent(record.part, present, additions)
    if signature.facts is None or record.certificate is None:
        raise IkiError("signature-without-signer", f"{record.part}: passed without a signer")
    outline = SignatureOutline(
        record.part,
        timestamped_octets_of(package, record.part),
        signature.facts,
        (record.certificate, *record.issuers),
    )
    added, notes = collect_additions(additions, outline, judge.trust, workspace)
    return present.merged(added), notes


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


def _check_output(data: bytes, before: DocumentRecord, workspace: Workspace) -> None:
    """Verify what was built before it appears: the same signatures, and nothing wrong with them."""
    after = verify_package(open_package(data, workspace.configuration.limits))
    same = [item.value for item in after.signatures] == [item.value for item in before.signatures]
    wrong = [*after.problems, *(item for signature in after.signatures for item in signature.problems)]
    if not same or any(item.finding.level is Level.REFUSE for item in wrong):
        raise IkiError("augment-broke", "the workbook built would not verify; this is a defect of iki")
