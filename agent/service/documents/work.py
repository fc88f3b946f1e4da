"""What a worker does with a document: the same functions that read it in a caller's own process."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from agent.config.limits import DocumentLimits
from agent.containers import ContainerFormat
from agent.cpl.mapping import FormMapping
from agent.dataclass import dataclass
from agent.errors import DocumentError, IkiError
from agent.formats.records import DocumentRecord
from agent.formats.request import SignatureRequest
from agent.formats.unsigned import UnsignedProperties
from agent.service.containers import Container, PreparedSignature
from agent.service.detached_verification import examine_detached
from agent.service.documents.messages import (
    Close,
    Examine,
    Examined,
    Finish,
    Follow,
    Followed,
    Open,
    Opened,
    Prepare,
    Prepared,
    Request,
    Stamped,
    path_or_none,
)
from agent.service.documents.values import (
    pack_error,
    pack_examination,
    pack_record,
    read_certificate,
    read_certificates,
    read_crls,
)
from agent.service.examination import Examination, examine_octets
from agent.service.files import read_open
from agent.service.following import follow
from agent.service.opening import DocumentRequest, OpenFiles, open_document

_NOTHING = DocumentRecord(())
_WORTH_SENDING = 256 * 1024
"""Octets."""
SendPiece = Callable[[bytes | memoryview], None]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request is answered with."""

    value: Any


class Work:
    """One document at a time: open, prepared, finished, and let go of."""

    def __init__(self, limits: DocumentLimits, mapping: FormMapping) -> None:
        """Keep how documents are read."""
        self.limits = limits
        self._mapping = mapping
        self._container: Container | None = None
        self._prepared: PreparedSignature | None = None

    def begins(self, request: Request) -> bool:
        """Tell whether this request is about another document than the last."""
        return isinstance(request, Open | Examine | Follow)

    def answer(self, request: Request, streams: Sequence[BinaryIO], send: SendPiece) -> Answer | None:
        """Answer a request; None when it wants no answer. `send` is called with the pieces of the output.

        Raises:
            IkiError: what is wrong with the document.

        """
        match request:
            case Open():
                return Answer(self._open(request, streams))
            case Examine():
                return Answer(self._examine(request, streams))
            case Follow():
                return Answer(self._follow(request, streams))
            case Prepare():
                return Answer(self._prepare(request))
            case Stamped():
                return Answer(self._require_prepared().timestamped_octets(request.value))
            case Finish():
                properties = UnsignedProperties(
                    request.timestamp, read_certificates(request.certificates), read_crls(request.crls)
                )
                _send_joined(self._require_prepared().finish(request.value, properties), send)
                return Answer(None)
            case Close():
                self._container = self._prepared = None
                return None
        raise _out_of_turn()

    def _open(self, request: Open, streams: Sequence[BinaryIO]) -> Opened:
        asked = DocumentRequest(
            Path(request.file), request.container, path_or_none(request.signature), request.hash_name
        )
        opened = open_document(asked, _files(streams), self.limits, self._mapping)
        self._container = opened.container
        try:
            record, observations = opened.container.inspect()
        except DocumentError as error:
            # Told when it is asked for: by then the audit log knows which document it is.
            return Opened(opened.sha256, opened.form, pack_record(_NOTHING), (), pack_error(error))
        return Opened(opened.sha256, opened.form, pack_record(record), observations, None)

    def _examine(self, request: Examine, streams: Sequence[BinaryIO]) -> Examined:
        asked = DocumentRequest(Path(request.file), request.container, path_or_none(request.signature))
        files = _files(streams)
        if request.container is ContainerFormat.CMS:
            return pack_examination(examine_detached(asked, files, self.limits, self._mapping))
        try:
            data = read_open(files.content, asked.file, what="workbook", limit=self.limits.max_file_bytes)
        except DocumentError as error:
            return pack_examination(Examination("", error=error))
        return pack_examination(examine_octets(data, self.limits, self._mapping))

    def _follow(self, request: Follow, streams: Sequence[BinaryIO]) -> Followed:
        asked = DocumentRequest(Path(request.file), request.container, path_or_none(request.signature))
        output, *inputs = streams
        found = follow(asked, _files(inputs), output, Path(request.output), self.limits)
        return Followed(found.continues, pack_record(found.record))

    def _prepare(self, request: Prepare) -> Prepared:
        if self._container is None:
            raise _out_of_turn()
        asked = SignatureRequest(
            request.role,
            read_certificate(request.certificate),
            read_certificates(request.issuers),
            request.signing_time,
            request.comments,
            request.countersigned,
        )
        prepared = self._prepared = self._container.prepare(asked, request.algorithm)
        return Prepared(
            prepared.digest, prepared.signed_octets, prepared.signature_part, prepared.signing_time
        )

    def _require_prepared(self) -> PreparedSignature:
        if self._prepared is None:
            raise _out_of_turn()
        return self._prepared


def _send_joined(pieces: Iterable[bytes | memoryview], send: SendPiece) -> None:
    """Send pieces, the small ones of a zip together."""
    held: list[bytes | memoryview] = []
    size = 0
    for piece in pieces:
        held.append(piece)
        size += len(piece)
        if size >= _WORTH_SENDING:
            send(b"".join(held))
            held, size = [], 0
    send(b"".join(held))


def _files(streams: Sequence[BinaryIO]) -> OpenFiles:
    return OpenFiles(streams[0], streams[1] if len(streams) > 1 else None)


def _out_of_turn() -> IkiError:
    return IkiError("internal", "internal: the document's worker was asked out of turn")
