"""Signing and countersigning: one document's road from its octets to a released output.

    read → open and check the container → read the form → collect facts → decide
    → (PIN, key) → decide again with the key → authorize → sign → verify
    → (timestamp, CRLs) → audit on disk → output appears

The rules run once before the token is touched, so that nobody types a PIN for
an operation that policy refuses, and once with the key in hand; only the second
run can authorize. Where the key is open already, for a document before, the
first run has it in hand.
"""

import hashlib
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from agent.audit.records import Requester
from agent.config.signers import SignerSettings
from agent.containers import ContainerFormat
from agent.cpl.entries import SubmissionForm
from agent.cpl.image import HashedImage
from agent.cpl.image_part import GivenImage
from agent.dataclass import dataclass
from agent.errors import UsageError
from agent.findings import Finding
from agent.formats.request import SignatureRequest
from agent.operations import Operation
from agent.pki.algorithms import SignatureAlgorithm, algorithm_for
from agent.pki.certificate import SigningCertificate
from agent.pki.trust import TrustStore
from agent.policy.authorization import authorize
from agent.policy.collecting import included_issuers
from agent.policy.engine import Decision, decide
from agent.policy.facts import SigningFacts
from agent.service.access import build_guard
from agent.service.additions import NO_ADDITIONS, Added, Additions, SignatureOutline, collect_additions
from agent.service.audit_trail import AuditTrail
from agent.service.audit_turn import AUDIT_TURN
from agent.service.beside import find_first_signature
from agent.service.case import SigningCase, build_document, open_case
from agent.service.containers import PreparedSignature
from agent.service.files import InputFile
from agent.service.images import hash_given_image
from agent.service.key_ring import KeyRing, SignerKeys
from agent.service.opening import DocumentRequest, DocumentSource, ReadHere
from agent.service.pins.terminal import Operator
from agent.service.recording import open_audit
from agent.service.release import PendingOutput
from agent.service.statements import describe_countersigned, describe_statement
from agent.service.workspace import Workspace

TrustLoader = Callable[[SigningCertificate], TrustStore]
"""Gives what certificates are judged against; the certificate is the one to sign with."""


@dataclass(frozen=True, slots=True)
class SigningJob:
    """What a person asks for."""

    operation: Operation
    file: InputFile
    output: Path
    signer: str
    image: GivenImage | None = None
    force: bool = False
    container: ContainerFormat = ContainerFormat.PACKAGE
    signature: InputFile | None = None
    """The `.p7s` to countersign; None for the one beside the file."""
    additions: Additions = NO_ADDITIONS
    images: tuple[HashedImage, ...] = ()
    """What the form is compared with where the Manufacturer Image itself is not at hand."""


@dataclass(frozen=True, slots=True)
class SigningResult:
    """What was done."""

    job: SigningJob
    signer: SignerSettings
    certificate: SigningCertificate
    signature_part: str
    sha256: str
    """SHA-256 of the output in hex."""
    at: datetime
    findings: tuple[Finding, ...]
    algorithm: SignatureAlgorithm
    images: tuple[HashedImage, ...] = ()
    """The Manufacturer Images that the form was compared with."""
    form: SubmissionForm | None = None
    """What was signed; None when no form mapping fits it."""


def run_signing(job: SigningJob, workspace: Workspace, operator: Operator) -> SigningResult:
    """Sign or countersign one document, looked into in this process.

    Raises:
        IkiError: every reason not to, by class and code; no output exists then.

    """
    signer = workspace.configuration.find_signer(job.signer)
    with KeyRing(signer, workspace.configuration.module, operator) as keys:
        return sign_document(job, workspace, keys, ReadHere.of(workspace))


def sign_document(
    job: SigningJob,
    workspace: Workspace,
    keys: SignerKeys,
    documents: DocumentSource,
    *,
    trust: TrustLoader | None = None,
    requester: Requester | None = None,
    output: PendingOutput | None = None,
) -> SigningResult:
    """Sign or countersign one document.

    Args:
        job: what is asked for.
        workspace: configuration and policy.
        keys: the signer's certificate and key.
        documents: where the document is looked into.
        trust: loads what certificates are judged against; None loads what is configured.
        requester: who asked for it; None means the user that this process runs as.
        output: takes the place of the output file of the job.

    Raises:
        IkiError: every reason not to, by class and code; no output exists then.

    """
    signer = keys.signer
    _check_role(job.operation, signer)
    job.additions.check(workspace)
    log = open_audit(workspace.configuration)
    if keys.opened is None:  # what was written to a moment ago need not be tried
        with AUDIT_TURN:
            log.ensure_writable()
    signature = find_existing(job)
    with (
        output or PendingOutput(job.output, inputs=list_inputs(job), force=job.force) as pending,
        ExitStack() as reading,
    ):
        keys.start()
        certificate = keys.certificate
        opened = reading.enter_context(documents.open(_request_document(job, signature, signer, certificate)))
        images = (hash_given_image(job.image),) if job.image else job.images
        document = build_document(opened, images)
        trail = AuditTrail(log, workspace, signer, job.operation, requester)
        trail.about(job.file, document.sha256, certificate)
        trail.kept_in(job.container, signature)
        with trail.recording():
            case = open_case(
                job.operation,
                signer,
                certificate,
                document,
                workspace,
                load_trust=trust,
                requester=requester,
            )
            return _sign(job, case, pending, trail, keys, reading.close)


def find_existing(job: SigningJob) -> InputFile | None:
    """Find the `.p7s` that is to be countersigned; None when the operation looks at none."""
    if job.container is not ContainerFormat.CMS or job.operation is not Operation.COUNTERSIGN:
        return None
    return job.signature or InputFile.at(find_first_signature(job.file.path))


def list_inputs(job: SigningJob) -> tuple[Path, ...]:
    """List the files that the output must not be; raises UsageError `signature-missing`."""
    signature = find_existing(job)
    paths = (job.file.path, job.image.path if job.image else None, signature.path if signature else None)
    return tuple(path for path in paths if path is not None)


def _request_document(
    job: SigningJob, signature: InputFile | None, signer: SignerSettings, certificate: SigningCertificate
) -> DocumentRequest:
    if job.container is ContainerFormat.PACKAGE:
        return DocumentRequest(job.file.path, called=job.file.called)
    hash_name = _algorithm(signer, certificate).hash_name
    return DocumentRequest(
        job.file.path,
        job.container,
        signature.path if signature else None,
        hash_name,
        job.file.called,
        signature.called if signature else None,
    )


def _algorithm(signer: SignerSettings, certificate: SigningCertificate) -> SignatureAlgorithm:
    """Find the algorithm: it follows the certificate, and the signer's padding where that leaves a choice."""
    return algorithm_for(certificate.spki_der, pss=signer.rsa_padding == "pss")


def _check_role(operation: Operation, signer: SignerSettings) -> None:
    if signer.role.countersigns is not (operation is Operation.COUNTERSIGN):
        other = Operation.COUNTERSIGN if signer.role.countersigns else Operation.SIGN
        raise UsageError(
            "role-operation",
            f"the signer {signer.name} has the role {signer.role}, which does not {operation}",
            hint=f"use `iki {other}`, or another signer",
        )


def _sign(
    job: SigningJob,
    case: SigningCase,
    output: PendingOutput,
    trail: AuditTrail,
    keys: SignerKeys,
    let_go: Callable[[], None],
) -> SigningResult:
    """Sign; `let_go` gives the document back as soon as its output is made: others may wait for its place."""
    key = keys.opened
    facts = case.facts(key.public_key if key else None)
    trail.observe(facts, case.existing)
    _with_notes(decide(facts), case).require_allowed()
    algorithm = _algorithm(case.signer, case.certificate)
    prepared = case.document.container.prepare(_request(case, facts), algorithm)
    if key is None or key.always_authenticate:
        key = keys.open()
        key.prepare()
        facts = case.facts(key.public_key)
        trail.observe(facts, case.existing)
    authorization, decision = authorize(facts, prepared.digest, algorithm)
    value = key.sign(authorization, datetime.now(UTC), prepared.signed_octets)
    added = _add(job, case, prepared, value, facts)
    trail.rely(added.evidence)
    decision = _with_notes(decision, case, added.notes)
    sha256 = _write(output, prepared.finish(value, added.properties))
    let_go()
    output.settle()
    guard = build_guard(facts.access, case.signer, case.workspace, case.certificate)
    trail.allowed(decision, output, guard, key_uri=key.uri, digest=prepared.digest, sha256_after=sha256)
    output.release()
    return SigningResult(
        job,
        case.signer,
        case.certificate,
        prepared.signature_part,
        sha256,
        prepared.signing_time,
        decision.findings,
        algorithm,
        facts.images,
        facts.form,
    )


def _add(
    job: SigningJob, case: SigningCase, prepared: PreparedSignature, value: bytes, facts: SigningFacts
) -> Added:
    """Get what is to be added to the signature; the key has done its work, and nothing is released yet."""
    if job.additions == NO_ADDITIONS:
        return Added()
    outline = SignatureOutline(
        prepared.signature_part,
        prepared.timestamped_octets(value),
        facts.signer,
        (case.certificate, *included_issuers(facts.signer)),
    )
    return collect_additions(job.additions, outline, case.trust, case.workspace)


def _with_notes(decision: Decision, case: SigningCase, notes: tuple[Finding, ...] = ()) -> Decision:
    """Add what went wrong with sources of CRLs and timestamps: it may be why, and belongs into the audit."""
    return replace(decision, findings=(*decision.findings, *case.trust.notes, *notes))


def _request(case: SigningCase, facts: SigningFacts) -> SignatureRequest:
    countersigned = [item.record for item in case.existing]
    role = case.signer.role
    return SignatureRequest(
        role=role,
        certificate=case.certificate,
        issuers=included_issuers(facts.signer),
        signing_time=facts.signer.at,
        comments=describe_countersigned(role, countersigned[0])
        if countersigned
        else describe_statement(role),
        countersigned=tuple(record.part for record in countersigned),
    )


def _write(output: PendingOutput, pieces: Iterable[bytes | memoryview]) -> str:
    state = hashlib.sha256()
    for piece in pieces:
        state.update(piece)
        output.file.write(piece)
    return state.hexdigest()
