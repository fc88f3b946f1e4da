"""The pool of worker processes; see the package's docstring for what it is and how it is used."""

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final, Self, cast

from agent.config.limits import DocumentLimits
from agent.cpl.mapping import FormMapping
from agent.errors import UsageError
from agent.service.documents.messages import (
    EXAMINED,
    FOLLOWED,
    OPENED,
    Examine,
    Examined,
    Follow,
    Followed,
    Message,
    Open,
    Opened,
)
from agent.service.documents.remote import RemoteContainer
from agent.service.documents.values import unpack_examination, unpack_record
from agent.service.documents.worker import Decoder, Worker
from agent.service.examination import Examination
from agent.service.files import open_regular, spell_path, translating_os_errors
from agent.service.following import Following
from agent.service.opening import DocumentRequest, OpenedDocument, OpenFiles, opening_files


class DocumentPool:
    """Worker processes that look into documents; a `DocumentSource`. May be used by several threads."""

    def __init__(self, limits: DocumentLimits, mapping: FormMapping, *, processes: int) -> None:
        """Start nothing yet.

        Args:
            limits: of each document, and of the process that reads it.
            mapping: how forms are read.
            processes: how many documents are looked into at the same time, at least 1.

        """
        self._limits: Final = limits
        self._mapping: Final = mapping
        self._processes: Final = processes
        self._changed: Final = threading.Condition()
        self._idle: deque[Worker] = deque()
        self._busy: set[Worker] = set()
        self._waiting: deque[object] = deque()
        self._is_closed = False
        self._is_retired = False

    def __enter__(self) -> Self:
        """Return the pool."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """End all processes."""
        self.close()

    def start(self, count: int | None = None) -> None:
        """Start processes before they are needed, all or so many; they load their modules side by side.

        Raises:
            UsageError: `document-worker`.

        """
        wanted = self._processes if count is None else min(count, self._processes)
        with self._changed:
            while len(self._idle) + len(self._busy) < wanted and not self._is_closed:
                self._idle.append(Worker(self._limits, self._mapping))

    def retire(self) -> None:
        """End the processes as they become idle; whoever still asks is served, and nobody is broken off."""
        with self._changed:
            self._is_retired = True
            idle = list(self._idle)
            self._idle.clear()
        for worker in idle:
            worker.close()

    def close(self) -> None:
        """End all processes, also those that are reading: whoever waits for one gets a `document-crash`."""
        with self._changed:
            self._is_closed = True
            idle, busy = list(self._idle), list(self._busy)
            self._idle.clear()
            self._changed.notify_all()
        for worker in busy:
            worker.end()
        for worker in idle:
            worker.close()

    @property
    def pids(self) -> tuple[int, ...]:
        """The numbers of the processes that there are now."""
        with self._changed:
            return tuple(worker.pid for worker in (*self._idle, *self._busy))

    @contextmanager
    def open(self, request: DocumentRequest) -> Iterator[OpenedDocument]:
        """Open a document for signing; a worker is its own until the block is left.

        Raises:
            UsageError: a file cannot be read; `document-worker`.
            DocumentError: the document is malformed or over a limit, or cost its worker.
            IkiError: `internal`, a defect in the worker.

        """
        with opening_files(request) as files, self._borrow() as worker:
            asked = Open(spell_path(request.name), request.container, _text(request), request.hash_name)
            opened = cast("Opened", _ask(worker, asked, OPENED, files, request))
            container = RemoteContainer.of(opened, worker, request.name, request.container)
            yield OpenedDocument(opened.sha256, container, opened.form)

    def examine(self, request: DocumentRequest) -> Examination:
        """Examine a document for a verdict.

        Raises:
            UsageError: a file cannot be read; `document-worker`.
            DocumentError: the document cost its worker; one that is malformed is an answer.
            IkiError: `internal`, a defect in the worker.

        """
        with opening_files(request) as files, self._borrow() as worker:
            asked = Examine(spell_path(request.name), request.container, _text(request))
            examined = cast("Examined", _ask(worker, asked, EXAMINED, files, request))
        return unpack_examination(examined)

    def follow(self, request: DocumentRequest, output: Path) -> Following:
        """Find out whether `output` is the document with one signature more.

        Raises:
            UsageError: a file cannot be read; `document-worker`.
            DocumentError: the files cost their worker; what is malformed continues nothing.
            IkiError: `internal`, a defect in the worker.

        """
        with (
            translating_os_errors(output, what="output"),
            open_regular(output) as made,
            opening_files(request) as files,
            self._borrow() as worker,
        ):
            asked = Follow(spell_path(request.name), request.container, _text(request), spell_path(output))
            followed = cast("Followed", _ask(worker, asked, FOLLOWED, files, request, first=made))
        return Following(followed.continues, unpack_record(followed.record))

    @contextmanager
    def _borrow(self) -> Iterator[Worker]:
        """Have a worker to oneself, in the order of coming."""
        worker = self._take()
        try:
            worker.begin()
            yield worker
        finally:
            worker.release()
            with self._changed:
                self._busy.discard(worker)
                is_kept = worker.is_usable and not self._is_closed and not self._is_retired
                if is_kept:
                    self._idle.append(worker)
                self._changed.notify_all()
            if not is_kept and worker.is_usable:
                worker.close()

    def _take(self) -> Worker:
        """Take a worker that is idle, or a new one, when it is this caller's turn."""
        turn = object()
        with self._changed:
            self._waiting.append(turn)
            try:
                self._changed.wait_for(lambda: self._is_turn_of(turn))
                if self._is_closed:
                    raise UsageError("document-worker", "the processes that read documents were ended")
                worker = self._idle.popleft() if self._idle else Worker(self._limits, self._mapping)
                self._busy.add(worker)
                return worker
            finally:
                self._waiting.remove(turn)
                self._changed.notify_all()

    def _is_turn_of(self, turn: object) -> bool:
        if self._is_closed:
            return True
        return self._waiting[0] is turn and len(self._busy) < self._processes


def _text(request: DocumentRequest) -> str | None:
    return None if request.signature_name is None else spell_path(request.signature_name)


def _ask(
    worker: Worker,
    asked: Message,
    decoder: Decoder,
    files: OpenFiles,
    request: DocumentRequest,
    *,
    first: BinaryIO | None = None,
) -> object:
    streams = [stream for stream in (first, files.content, files.signature) if stream is not None]
    return worker.ask(asked, decoder, [stream.fileno() for stream in streams], file=request.name)
