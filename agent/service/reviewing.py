"""What somebody looks at before they sign: every rule's answer, and the entries with their findings."""

from collections.abc import Callable

from agent.audit.records import Requester
from agent.config.signers import SignerSettings
from agent.cpl.image import HashedImage
from agent.dataclass import dataclass
from agent.errors import DocumentError
from agent.findings import Finding, Level
from agent.pki.certificate import SigningCertificate
from agent.policy.explanation import Explanation
from agent.report.html.entries import EntriesView, list_entries
from agent.service.explaining import explain_with
from agent.service.files import InputFile, read_file
from agent.service.inspection import inspect_workbook
from agent.service.reading import ReadingSettings, parse_workbook
from agent.service.workspace import Workspace

CertificateLoader = Callable[[SignerSettings], SigningCertificate]
"""Gives a signer's certificate."""


@dataclass(frozen=True, slots=True)
class SigningWish:
    """Whom a document is to be signed by."""

    signer: str
    file: InputFile
    images: tuple[HashedImage, ...]
    """The Manufacturer Images that the form is compared with."""


@dataclass(frozen=True, slots=True)
class Review:
    """One document, as it would be signed now."""

    explanation: Explanation
    entries: EntriesView | None
    """None when the document cannot be shown as a workbook."""

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Everything that the rules found, in their order."""
        return list_findings(self.explanation)

    @property
    def warns(self) -> bool:
        """Whether something warns."""
        return any(finding.level is Level.WARN for finding in self.findings)


def review_document(
    wish: SigningWish, load: CertificateLoader, requester: Requester, workspace: Workspace, *, rows: int
) -> Review:
    """Review a document, of which at most `rows` are shown; the token is not logged in to.

    Raises:
        IkiError: as `explain_with`.

    """
    explanation = explain_wish(wish, load, requester, workspace)
    settings = ReadingSettings(workspace.configuration.limits, workspace.mapping)
    data = read_file(wish.file.path, what="workbook", limit=settings.limits.max_file_bytes)
    try:
        inspection = inspect_workbook(
            parse_workbook(str(wish.file.called), data, settings), settings, limit=rows
        )
    except DocumentError:  # the rule form-not-recognised says so
        return Review(explanation, None)
    return Review(explanation, list_entries(inspection.view, list_findings(explanation)))


def explain_wish(
    wish: SigningWish, load: CertificateLoader, requester: Requester, workspace: Workspace
) -> Explanation:
    """Explain what policy says to a wish now; raises as `explain_with`."""
    return explain_with(load, requester, wish.signer, wish.file, workspace, images=wish.images)


def list_findings(explanation: Explanation) -> tuple[Finding, ...]:
    """List what the rules found, in their order."""
    return tuple(finding for answer in explanation.answers for finding in answer.findings)
