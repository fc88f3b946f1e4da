"""A batch of documents to sign or countersign: what is done already is left as it is."""

from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

from agent.containers import ContainerFormat
from agent.cpl.image_part import GivenImage
from agent.dataclass import dataclass
from agent.errors import UsageError
from agent.exits import ExitStatus
from agent.findings import Finding, Level
from agent.formats.records import SignatureRecord
from agent.operations import Operation
from agent.service.additions import Additions
from agent.service.batch.collecting import BatchFile
from agent.service.batch.results import BatchResult, Outcome, result_of_error
from agent.service.beside import find_first_signature
from agent.service.documents.pool import DocumentPool
from agent.service.files import InputFile
from agent.service.following import Following
from agent.service.opening import DocumentRequest
from agent.service.signing import SigningJob

_DONE = {Operation.SIGN: Outcome.SIGNED, Operation.COUNTERSIGN: Outcome.COUNTERSIGNED}


@dataclass(frozen=True, slots=True)
class SigningItem:
    """A document, and where its output appears."""

    file: Path
    output: Path


@dataclass(frozen=True, slots=True)
class BatchOrder:
    """What is asked for, the same for every document."""

    operation: Operation
    force: bool
    container: ContainerFormat
    additions: Additions
    image: GivenImage | None = None


def check_outputs(items: Iterable[SigningItem]) -> None:
    """Check that no two documents have one output.

    Raises:
        UsageError: `batch-outputs`.

    """
    seen: dict[Path, Path] = {}
    for item in items:
        other = seen.setdefault(item.output.absolute(), item.file)
        if other is not item.file:
            raise UsageError(
                "batch-outputs",
                f"{other} and {item.file} have one output: {item.output}",
                hint="sign them in two goes, each with a folder of its own for --output",
            )


def plan_output(file: BatchFile, default: Path, folder: Path | None) -> Path:
    """Plan where an output appears: beside the document, or in `folder` as the document lies in its own."""
    return default if folder is None else folder / file.below.parent / default.name


class SignedDocument(Protocol):
    """What there is to say of a document that was signed."""

    @property
    def sha256(self) -> str:
        """SHA-256 of the output in hex."""

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What the rules found."""


class BatchDesk(Protocol):
    """Where the documents of a batch are signed: in this process, or by the agent."""

    @property
    def signer_name(self) -> str:
        """The signer's name in the configuration."""

    def has_made(self, record: SignatureRecord) -> bool:
        """Tell whether a signature is by this desk's signer, by certificate and role; raises IkiError."""

    def sign(self, job: SigningJob) -> SignedDocument:
        """Sign or countersign one document; raises IkiError."""


class BatchSigner:
    """Signs the documents of a batch at one desk; may be used by several threads."""

    def __init__(self, desk: BatchDesk, pool: DocumentPool, order: BatchOrder) -> None:
        """Keep where and how."""
        self._desk = desk
        self._pool = pool
        self._order = order

    def look(self, item: SigningItem) -> BatchResult | None:
        """Look whether a document was signed before; None when it was not, or all is to be done anew.

        Raises:
            IkiError: what keeps one from looking.

        """
        if not self._order.force and self._is_done(item):
            return BatchResult(item.file, Outcome.ALREADY_DONE, ExitStatus.OK, item.output)
        return None

    def sign(self, item: SigningItem) -> BatchResult:
        """Sign a document.

        Raises:
            IkiError: every reason not to.

        """
        order = self._order
        item.output.parent.mkdir(parents=True, exist_ok=True)
        result = self._desk.sign(
            SigningJob(
                order.operation,
                InputFile.at(item.file),
                item.output,
                self._desk.signer_name,
                order.image,
                order.force,
                order.container,
                additions=order.additions,
            )
        )
        return BatchResult(
            item.file,
            _DONE[order.operation],
            ExitStatus.OK,
            item.output,
            sha256=result.sha256,
            findings=result.findings,
        )

    def fail(self, item: SigningItem, error: Exception) -> BatchResult:
        """Build the result of a document that was not signed."""
        if isinstance(error, OSError):
            error = UsageError(
                "output-unwritable",
                f"{item.output}: cannot be written: {error.strerror or error}",
                hint="name a folder for --output that you may write",
            )
        return result_of_error(item.file, item.output, error)

    def skip(self, item: SigningItem) -> BatchResult:
        """Build the result of a document whose turn did not come."""
        return BatchResult(item.file, Outcome.NOT_TRIED, ExitStatus.OK, item.output)

    def _is_done(self, item: SigningItem) -> bool:
        """Tell whether the output is there, and is this document with this signer's signature, whole.

        Any other file of that name is left to the signing, which refuses to replace it.
        """
        if not item.output.is_file():
            return False
        order = self._order
        countersigns = order.operation is Operation.COUNTERSIGN
        beside = order.container is ContainerFormat.CMS and countersigns
        signature = find_first_signature(item.file) if beside else None
        request = DocumentRequest(item.file, order.container, signature)
        return self._is_ours(self._pool.follow(request, item.output))

    def _is_ours(self, following: Following) -> bool:
        if not following.continues:
            return False
        record = following.record
        last = record.signatures[-1]
        additions = self._order.additions
        return (
            self._desk.has_made(last)
            and not any(item.finding.level is Level.REFUSE for item in record.all_problems)
            and (last.timestamp is not None or not additions.timestamp)
            and bool(last.crls or not additions.embed_revocation)
        )
