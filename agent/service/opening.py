"""Documents opened for signing: the part of reading that looks inside, in whichever process it runs.

`open_document` looks for no path, key or clock: a worker process that has none of them does all of it.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO, Protocol

from agent.config.limits import DocumentLimits
from agent.containers import ContainerFormat
from agent.cpl.entries import SubmissionForm
from agent.cpl.form import read_form
from agent.cpl.mapping import FormMapping
from agent.dataclass import dataclass
from agent.errors import DocumentError
from agent.formats.cms.signed_data import SignedData, load_signed_data
from agent.formats.cms.verify import list_hashes
from agent.formats.package.package import open_package
from agent.formats.spreadsheet.lint import ContentScan, open_scan
from agent.service.containers import Container, DetachedContainer, PackageContainer
from agent.service.detached import Content, read_open_content
from agent.service.file_digest import FileDigest
from agent.service.files import open_regular, read_open, translating_os_errors
from agent.service.workspace import Workspace


@dataclass(frozen=True, slots=True)
class DocumentRequest:
    """Which document is to be opened, by its paths."""

    file: Path
    container: ContainerFormat = ContainerFormat.PACKAGE
    signature: Path | None = None
    """The `.p7s` that is there already and is looked at."""
    hash_name: str = "sha256"
    """The hash that a new signature beside the file needs."""
    called: Path | None = None
    """What people call the file, where it lies under another name."""
    signature_called: Path | None = None
    """What people call the `.p7s`, likewise."""

    @property
    def name(self) -> Path:
        """The file's name in errors."""
        return self.called or self.file

    @property
    def signature_name(self) -> Path | None:
        """The `.p7s`'s name in errors."""
        return self.signature_called or self.signature


@dataclass(frozen=True, slots=True)
class OpenFiles:
    """The files of a `DocumentRequest`, open for reading."""

    content: BinaryIO
    signature: BinaryIO | None


@dataclass(frozen=True, slots=True)
class OpenedDocument:
    """A document as it was read, once; what is signed and copied are these very octets."""

    sha256: str
    """Hex."""
    container: Container
    form: SubmissionForm | None


class DocumentSource(Protocol):
    """Where documents are looked into: in this process, or in processes of their own."""

    def open(self, request: DocumentRequest) -> AbstractContextManager[OpenedDocument]:
        """Open a document; what is done with its container is done inside of the block.

        Raises:
            UsageError: a file cannot be read.
            DocumentError: the document is malformed or over a limit.

        """


@dataclass(frozen=True, slots=True)
class ReadHere:
    """Documents are looked into in this very process."""

    limits: DocumentLimits
    mapping: FormMapping

    @classmethod
    def of(cls, workspace: Workspace) -> "ReadHere":
        """Look into documents as a workspace's configuration says."""
        return cls(workspace.configuration.limits, workspace.mapping)

    @contextmanager
    def open(self, request: DocumentRequest) -> Iterator[OpenedDocument]:
        """Open a document; raises as `DocumentSource.open`."""
        with opening_files(request) as files:
            opened = open_document(request, files, self.limits, self.mapping)
        yield opened


@contextmanager
def opening_files(request: DocumentRequest) -> Iterator[OpenFiles]:
    """Open the files of a request, the signature first; raises UsageError."""
    with ExitStack() as stack:
        signature: BinaryIO | None = None
        if request.signature is not None:
            with translating_os_errors(request.signature, what="signature"):
                signature = stack.enter_context(open_regular(request.signature))
        what = "workbook" if request.container is ContainerFormat.PACKAGE else "file"
        with translating_os_errors(request.file, what=what):
            content = stack.enter_context(open_regular(request.file))
        yield OpenFiles(content, signature)


def open_document(
    request: DocumentRequest, files: OpenFiles, limits: DocumentLimits, mapping: FormMapping
) -> OpenedDocument:
    """Open a document from its open files; the paths of the request only name them in errors.

    Raises:
        UsageError: a file cannot be read.
        DocumentError: the document is malformed or over a limit.

    """
    if request.container is ContainerFormat.PACKAGE:
        return _open_package_document(files.content, request.name, limits, mapping)
    return _open_detached_document(request, files, limits, mapping)


def _open_package_document(
    stream: BinaryIO, path: Path, limits: DocumentLimits, mapping: FormMapping
) -> OpenedDocument:
    data = read_open(stream, path, what="workbook", limit=limits.max_file_bytes)
    digest = FileDigest(data)
    try:
        scan = open_scan(open_package(data, limits))
        form = read_form(scan.workbook, mapping)
    except DocumentError as error:
        raise _named(error, path) from error
    return OpenedDocument(digest.hex, PackageContainer(scan.package, scan), form)


def _open_detached_document(
    request: DocumentRequest, files: OpenFiles, limits: DocumentLimits, mapping: FormMapping
) -> OpenedDocument:
    """What is no workbook has no form."""
    existing: SignedData | None = None
    if files.signature is not None and request.signature_name is not None:
        existing = _open_signature(files.signature, request.signature_name, limits)
    hashes = {request.hash_name, *(list_hashes(existing) if existing else ())}
    content = read_open_content(files.content, request.name, hashes, keep=limits.max_file_bytes)
    scan, form = _open_if_workbook(content, limits, mapping)
    return OpenedDocument(content.sha256, DetachedContainer(content.digests, existing, scan), form)


def _open_signature(stream: BinaryIO, path: Path, limits: DocumentLimits) -> SignedData:
    try:
        return load_signed_data(read_open(stream, path, what="signature", limit=limits.max_xml_bytes))
    except DocumentError as error:
        raise _named(error, path) from error


def _open_if_workbook(
    content: Content, limits: DocumentLimits, mapping: FormMapping
) -> tuple[ContentScan | None, SubmissionForm | None]:
    if content.octets is None:
        return None, None
    try:
        scan = open_scan(open_package(content.octets, limits))
        return scan, read_form(scan.workbook, mapping)
    except DocumentError:
        # Another zip, or a workbook that no form can be read from: the rule form-not-recognised says so.
        return None, None


def _named(error: DocumentError, path: Path) -> DocumentError:
    """Build the same error with the name of the file in front."""
    return DocumentError(error.code, f"{path}: {error.message}", hint=error.hint)
