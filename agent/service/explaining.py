"""What policy would say, and why: all that `sign` and `countersign` do, without key, output and audit record.

The token is not logged in to; only a certificate that lies on it is read. There is
no audit record, because nothing was decided.

People ask for this before they sign, and want the answer at once. Most of what a process imports is for the
token, or reads workbooks and forms: both are imported here when there is one to look at.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from agent.audit.records import Requester, current_requester
from agent.config.signers import SignerSettings
from agent.containers import ContainerFormat
from agent.cpl.image import HashedImage
from agent.cpl.image_part import GivenImage
from agent.errors import UsageError
from agent.operations import Operation
from agent.pki.certificate import SigningCertificate
from agent.pki.trust import TrustStore
from agent.policy.collecting import collect_signer, find_newest_crl
from agent.policy.explanation import Explanation, RuleAnswer, explain_key, explain_signing
from agent.service.access import collect_access
from agent.service.beside import find_first_signature
from agent.service.files import InputFile
from agent.service.trust import load_certificate_file, load_configured_trust
from agent.service.workspace import Workspace

if TYPE_CHECKING:
    from agent.service.opening import DocumentSource


def explain_policy(
    name: str,
    file: Path | None,
    images: Sequence[GivenImage],
    workspace: Workspace,
    *,
    container: ContainerFormat = ContainerFormat.PACKAGE,
    signature: Path | None = None,
) -> Explanation:
    """Explain, in this process, what policy says to the signer `name`, and to its signing of `file`.

    `signature` is the `.p7s` that would be countersigned; None is the one beside the file.

    Raises:
        UsageError: the image cannot be read, or there is an image without a workbook; and what
            `explain_with` raises.

    """
    return explain_with(
        lambda signer: _load_certificate(signer, workspace),
        current_requester(),
        name,
        InputFile.at(file) if file else None,
        workspace,
        images=hash_images_of(file, images),
        container=container,
        signature=signature,
    )


def _load_certificate(signer: SignerSettings, workspace: Workspace) -> SigningCertificate:
    if signer.certificate is not None:
        return load_certificate_file(signer.certificate)
    from agent.service.keys import TokenDoor, load_signer_certificate  # noqa: PLC0415 - see above

    with TokenDoor(workspace.configuration.module) as door:
        return load_signer_certificate(signer, door)


def hash_images_of(file: Path | None, images: Sequence[GivenImage]) -> tuple[HashedImage, ...]:
    """Hash the images that a workbook's form is compared with.

    Raises:
        UsageError: an image cannot be read, or there is no workbook.

    """
    if images and file is None:
        raise UsageError(
            "image-without-workbook", "--image is compared with a workbook", hint="name the workbook too"
        )
    if not images:
        return ()
    from agent.service.images import hash_given_image  # noqa: PLC0415 - see above

    return tuple(map(hash_given_image, images))


def explain_with(
    load: Callable[[SignerSettings], SigningCertificate],
    requester: Requester,
    name: str,
    file: InputFile | None,
    workspace: Workspace,
    *,
    images: tuple[HashedImage, ...] = (),
    documents: "DocumentSource | None" = None,
    container: ContainerFormat = ContainerFormat.PACKAGE,
    signature: Path | None = None,
    load_trust: Callable[[SigningCertificate], TrustStore] | None = None,
) -> Explanation:
    """Explain what policy says to this requester who wants the signer `name` to sign `file`.

    The operation follows from the signer's role; `load` gives its certificate; `documents` is where the file
    is looked into, None is this process; `load_trust` takes the place of loading trust material anew.

    Raises:
        UsageError: the signer is unknown, or the file cannot be read.
        DocumentError: the workbook, or trust material, is malformed.
        TokenError: the certificate is on a token that does not show it.
        AuditError: the audit log's end is damaged.

    """
    signer = workspace.configuration.find_signer(name)
    certificate = load(signer)
    operation = Operation.COUNTERSIGN if signer.role.countersigns else Operation.SIGN
    if file is None:
        at, sha256 = datetime.now(UTC), None
        trust = (load_trust or partial(_load_trust, workspace))(certificate)
        answers = _explain_key(operation, signer, certificate, workspace, at, requester, trust)
    else:
        from agent.service.case import open_case, read_document  # noqa: PLC0415 - see above

        existing = signature
        if container is ContainerFormat.CMS and operation is Operation.COUNTERSIGN and signature is None:
            existing = find_first_signature(file.path)
        document = read_document(
            file, workspace, container=container, signature=existing, images=images, documents=documents
        )
        case = open_case(
            operation,
            signer,
            certificate,
            document,
            workspace,
            load_trust=load_trust,
            requester=requester,
        )
        facts = case.facts(None)
        at, sha256, answers = facts.signer.at, document.sha256, explain_signing(facts)
    called = file.called if file else None
    return Explanation(operation, signer, certificate, called, sha256, at, workspace.policy, answers)


def _explain_key(
    operation: Operation,
    signer: SignerSettings,
    certificate: SigningCertificate,
    workspace: Workspace,
    at: datetime,
    requester: Requester,
    trust: TrustStore,
) -> tuple[RuleAnswer, ...]:
    facts = collect_signer(signer, certificate, trust, workspace.policy, at)
    newest = find_newest_crl(facts, trust)
    access = collect_access(
        operation,
        signer,
        workspace,
        at=at,
        certificate=certificate,
        newest_crl=newest,
        requester=requester,
    )
    return explain_key(facts, access)


def _load_trust(workspace: Workspace, certificate: SigningCertificate) -> TrustStore:
    return load_configured_trust(workspace.configuration, fetch_for=(certificate,))
