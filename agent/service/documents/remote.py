"""A document that lies open in a worker process, seen as if it were here."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import NoReturn, cast

from agent.containers import ContainerFormat
from agent.dataclass import dataclass
from agent.findings import Observation
from agent.formats.records import DocumentRecord
from agent.formats.request import SignatureRequest
from agent.formats.unsigned import NO_UNSIGNED_PROPERTIES, UnsignedProperties
from agent.pki.algorithms import SignatureAlgorithm
from agent.service.documents.messages import (
    NOTHING,
    OCTETS,
    PREPARED,
    Finish,
    Opened,
    Prepare,
    Prepared,
    Stamped,
)
from agent.service.documents.values import place, place_all, unpack_error, unpack_record
from agent.service.documents.worker import Worker


@dataclass(frozen=True, slots=True)
class RemotePrepared:
    """A signature that lacks nothing but its value, in a worker."""

    digest: bytes
    signed_octets: bytes
    signature_part: str
    signing_time: datetime
    _worker: Worker
    _file: Path

    def timestamped_octets(self, signature_value: bytes) -> bytes:
        """Build what a timestamp of it is over.

        Raises:
            DocumentError: what became of the worker.

        """
        return cast("bytes", self._worker.ask(Stamped(signature_value), OCTETS, file=self._file))

    def finish(
        self, signature_value: bytes, properties: UnsignedProperties = NO_UNSIGNED_PROPERTIES
    ) -> Iterator[bytes | memoryview]:
        """Yield the output, as it comes from the worker.

        Raises:
            DocumentError: `embedded-crl-too-large`, or what became of the worker.

        """
        request = Finish(
            signature_value,
            properties.timestamp,
            place_all(properties.certificates),
            place_all(properties.crls),
        )
        yield from self._worker.stream(request, NOTHING, file=self._file)


@dataclass(frozen=True, slots=True)
class RemoteContainer:
    """A document with the signatures that it has, in a worker."""

    freezes: bool
    _opened: Opened
    _worker: Worker
    _file: Path

    @classmethod
    def of(cls, opened: Opened, worker: Worker, file: Path, container: ContainerFormat) -> "RemoteContainer":
        """Build the near end of a document that a worker has opened."""
        return cls(container is ContainerFormat.PACKAGE, opened, worker, file)

    def inspect(self) -> tuple[DocumentRecord, tuple[Observation, ...]]:
        """Give what was found when the document was opened.

        Raises:
            DocumentError: a part of it is damaged.

        """
        if self._opened.failure is not None:
            raise unpack_error(self._opened.failure)
        return unpack_record(self._opened.record), self._opened.observations

    def prepare(self, request: SignatureRequest, algorithm: SignatureAlgorithm) -> RemotePrepared:
        """Build the next signature.

        Raises:
            UsageError: as the container in the worker.
            DocumentError: likewise, or what became of the worker.

        """
        asked = Prepare(
            request.role,
            place(request.certificate),
            place_all(request.issuers),
            request.signing_time,
            request.comments,
            request.countersigned,
            algorithm,
        )
        prepared: Prepared = self._worker.ask(asked, PREPARED, file=self._file)
        return RemotePrepared(
            prepared.digest,
            prepared.signed_octets,
            prepared.signature_part,
            prepared.signing_time,
            self._worker,
            self._file,
        )

    def read_added(self, part: str) -> NoReturn:
        """Refuse: `iki augment` opens its one document in its own process."""
        raise NotImplementedError(part)

    def timestamped_octets(self, part: str) -> NoReturn:
        """Refuse, likewise."""
        raise NotImplementedError(part)

    def augment(self, additions: Mapping[str, UnsignedProperties]) -> NoReturn:
        """Refuse, likewise."""
        raise NotImplementedError(additions)

    def reopen(self, data: bytes) -> NoReturn:
        """Refuse, likewise."""
        raise NotImplementedError(data)
