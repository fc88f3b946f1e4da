"""The case for or against a signature: everything the rules look at, collected from one reading."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from agent.audit.records import Requester
from agent.config.signers import SignerSettings
from agent.containers import ContainerFormat
from agent.cpl.entries import SubmissionForm
from agent.cpl.image import HashedImage
from agent.cpl.settling import settle_observations
from agent.dataclass import dataclass
from agent.findings import Observation
from agent.formats.records import DocumentRecord
from agent.operations import Operation
from agent.pki.certificate import SigningCertificate
from agent.pki.trust import TrustStore
from agent.policy.collecting import collect_signer, find_newest_crl
from agent.policy.facts import SigningFacts
from agent.policy.verdict import Judge, SignatureVerdict, judge_signatures
from agent.service.access import collect_access
from agent.service.containers import Container
from agent.service.files import InputFile
from agent.service.opening import DocumentRequest, DocumentSource, OpenedDocument, ReadHere
from agent.service.trust import load_configured_trust
from agent.service.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Document:
    """The document as it was read, once; what is signed and copied are these very octets."""

    sha256: str
    """Hex."""
    container: Container
    form: SubmissionForm | None
    images: tuple[HashedImage, ...] = ()


@dataclass(frozen=True, slots=True)
class SigningCase:
    """What stays the same between the run of the rules before the PIN and the one with the key."""

    operation: Operation
    signer: SignerSettings
    certificate: SigningCertificate
    document: Document
    record: DocumentRecord
    existing: tuple[SignatureVerdict, ...]
    observations: tuple[Observation, ...]
    """What the content lint observed."""
    trust: TrustStore
    workspace: Workspace
    requester: Requester | None = None
    """Whoever asked the daemon; None means the user that this process runs as."""

    def facts(self, public_key: bytes | None) -> SigningFacts:
        """Collect the facts as of now; `public_key` is the token's, None before it was asked.

        Raises:
            AuditError: the audit log cannot be read, or its end is damaged.

        """
        at = datetime.now(UTC)
        signer = collect_signer(self.signer, self.certificate, self.trust, self.workspace.policy, at)
        return SigningFacts(
            operation=self.operation,
            role=self.signer.role,
            signer=signer,
            access=collect_access(
                self.operation,
                self.signer,
                self.workspace,
                at=at,
                certificate=self.certificate,
                newest_crl=find_newest_crl(signer, self.trust),
                requester=self.requester,
            ),
            token_public_key=public_key,
            record=self.record,
            signatures=tuple(item.judged for item in self.existing),
            form=self.document.form,
            observations=self.observations,
            images=self.document.images,
        )


def read_document(
    file: InputFile,
    workspace: Workspace,
    *,
    container: ContainerFormat = ContainerFormat.PACKAGE,
    signature: Path | None = None,
    images: tuple[HashedImage, ...] = (),
    documents: DocumentSource | None = None,
) -> Document:
    """Read a document, for what is to be known of it; `signature` is the `.p7s` that is there already.

    `images` are what its form is compared with; `documents` is where it is looked into, None is this process.

    Raises:
        UsageError: a file cannot be read.
        DocumentError: the workbook is malformed or over a limit.

    """
    source = documents or ReadHere.of(workspace)
    request = DocumentRequest(file.path, container, signature, called=file.called)
    with source.open(request) as opened:
        return build_document(opened, images)


def build_document(opened: OpenedDocument, images: tuple[HashedImage, ...] = ()) -> Document:
    """Put a document that was opened and the Manufacturer Images to compare together."""
    return Document(opened.sha256, opened.container, opened.form, images)


def open_case(
    operation: Operation,
    signer: SignerSettings,
    certificate: SigningCertificate,
    document: Document,
    workspace: Workspace,
    *,
    load_trust: Callable[[SigningCertificate], TrustStore] | None = None,
    requester: Requester | None = None,
) -> SigningCase:
    """Verify what is signed already, look through the content in the same pass, and put the case together.

    `load_trust` takes the place of loading the configured trust material anew.

    Raises:
        UsageError: trust material is missing.
        DocumentError: trust material or a covered part is damaged.

    """
    if load_trust is None:
        trust = load_configured_trust(workspace.configuration, fetch_for=(certificate,))
    else:
        trust = load_trust(certificate)
    judge = Judge(trust, workspace.policy, workspace.configuration.limits, datetime.now(UTC))
    record, observed = document.container.inspect()
    existing = judge_signatures(record, judge)
    form = document.form
    observations = settle_observations(observed, form)
    return SigningCase(
        operation,
        signer,
        certificate,
        document,
        record,
        existing,
        (*observations, *(form.observations if form else ())),
        trust,
        workspace,
        requester,
    )
