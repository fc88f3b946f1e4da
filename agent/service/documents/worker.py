"""A worker process as its caller sees it: started, asked, and ended when it takes too much."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Protocol, TypeVar

import msgspec

from agent.config.limits import DocumentLimits
from agent.cpl.mapping import FormMapping
from agent.errors import DocumentError, IkiError, UsageError
from agent.policy.findings import DOCUMENT_CPU, DOCUMENT_CRASH, DOCUMENT_MEMORY, DOCUMENT_TIME
from agent.service.documents.channel import Channel, ChannelClosedError, ChannelTimeoutError, Kind
from agent.service.documents.messages import ENCODER, FAILURES, NOTHING, Close, Message, Setup
from agent.service.documents.values import unpack_error
from hsm import describe_status

_T = TypeVar("_T")
MEMORY_STATUS: Final = 71
"""Exit status of a worker for which there was no memory; see `__main__`."""
_START_SECONDS: Final = 60.0
_END_SECONDS: Final = 2.0
_KEPT_VARIABLES: Final = ("PYTHON", "LC_", "LANG", "SYSTEMROOT", "COVERAGE_")
"""Beginnings of the variables that a worker gets: a PIN may stand in any other."""
_LOOK: Final = "if it should be harmless, raise {} in [limits]; if not, do not open it"


class Decoder(Protocol):
    """Builds an answer from its octets."""

    def decode(self, buf: bytes, /) -> Any:
        """Decode, or raise what msgspec and the parsers raise."""


class Worker:
    """One process, for one document at a time; for one thread at a time."""

    def __init__(self, limits: DocumentLimits, mapping: FormMapping) -> None:
        """Start the process; `wait_until_ready` says whether that went well.

        Raises:
            UsageError: `document-worker`.

        """
        self._limits = limits
        self._process, self._channel = _start()
        self._left = 0.0
        self.is_usable = True
        """Whether another document may be given to it."""
        self._is_ready = False
        self._owes = False
        """Whether an answer is still to come, or the rest of one."""
        self._setup = Setup(limits, mapping)

    @property
    def pid(self) -> int:
        """The process's number."""
        return self._process.pid

    def begin(self) -> None:
        """Begin with a document: its time is counted from here, while this process waits for the worker.

        Raises:
            UsageError: `document-worker` when the process did not start.

        """
        if not self._is_ready:
            self._wait_until_ready()
        self._left = float(self._limits.max_seconds)

    def ask(self, request: Message, decoder: Decoder, files: Sequence[int] = (), *, file: Path) -> Any:
        """Ask and wait for the answer; `file` names the document in errors.

        Raises:
            DocumentError: what is wrong with the document, or became of the process.
            IkiError: what else the worker said.

        """
        with self._translating(file):
            kind, payload = self._exchange(request, files)
            return self._read_answer(kind, payload, decoder)

    def stream(self, request: Message, decoder: Decoder, *, file: Path) -> Iterator[bytes]:
        """Ask, yield the pieces that come, and wait for the answer; raises as `ask`."""
        with self._translating(file):
            kind, payload = self._exchange(request, ())
        while kind == Kind.PIECE:
            yield payload
            with self._translating(file):
                kind, payload = self._receive()
        with self._translating(file):
            self._read_answer(kind, payload, decoder)

    def release(self) -> None:
        """Have it let go of its document; one that was left in the middle of an answer is ended."""
        if self._owes:
            self.kill()
        elif self.is_usable:
            try:
                self._channel.limit_sending(_END_SECONDS)
                self._channel.send(Kind.REQUEST, _CLOSE)
            except (ChannelClosedError, ChannelTimeoutError):
                self.kill()

    def close(self) -> None:
        """End it in order: it ends when its socket does."""
        self.is_usable = False
        self._channel.close()
        try:
            self._process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()

    def end(self) -> None:
        """End it now, from another thread than the one that uses it, which learns of it as of a crash."""
        self.is_usable = False
        self._process.kill()

    def kill(self) -> None:
        """End it now."""
        self.end()
        self._channel.close()
        self._process.wait()

    def _wait_until_ready(self) -> None:
        """Wait until the process has said that it serves.

        Raises:
            UsageError: `document-worker`.

        """
        try:
            self._channel.send(Kind.REQUEST, ENCODER.encode(self._setup))
            kind, payload = self._channel.receive(until=time.monotonic() + _START_SECONDS)
            NOTHING.decode(payload)
        except (ChannelClosedError, ChannelTimeoutError, msgspec.MsgspecError) as error:
            self.kill()
            raise _not_started("it did not begin to serve") from error
        self._is_ready = kind == Kind.VALUE

    def _exchange(self, request: Message, files: Sequence[int]) -> tuple[int, bytes]:
        self._owes = True
        self._spend(lambda until: self._send(request, files, until))
        return self._receive()

    def _receive(self) -> tuple[int, bytes]:
        kind, payload = self._spend(lambda until: self._channel.receive(until=until))
        self._owes = kind == Kind.PIECE
        return kind, payload

    def _read_answer(self, kind: int, payload: bytes, decoder: Decoder) -> Any:
        if kind == Kind.ERROR:
            raise unpack_error(FAILURES.decode(payload))
        if kind != Kind.VALUE:
            raise ChannelClosedError
        return decoder.decode(payload)

    @contextmanager
    def _translating(self, file: Path) -> Iterator[None]:
        """Translate what becomes of the way to the process; raises DocumentError."""
        try:
            yield
        except ChannelTimeoutError as error:
            self.kill()
            message = f"{file}: was not read within {self._limits.max_seconds} s"
            raise DOCUMENT_TIME.error(message, hint=_LOOK.format("max_seconds")) from error
        except (ChannelClosedError, msgspec.MsgspecError) as error:
            raise self._broke(file) from error

    def _spend(self, work: Callable[[float], _T]) -> _T:
        """Do what waits for the worker, on the time of the document."""
        begun = time.monotonic()
        try:
            return work(begun + self._left)
        finally:
            self._left -= time.monotonic() - begun

    def _send(self, request: Message, files: Sequence[int], until: float) -> None:
        self._channel.limit_sending(max(until - time.monotonic(), 0.001))
        self._channel.send(Kind.REQUEST, ENCODER.encode(request), files)

    def _broke(self, file: Path) -> IkiError:
        """Say what became of the process, and of what it said; it is ended, if it has not ended itself."""
        try:
            status = self._process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
            return _crashed(file, "it did not answer as agreed")
        self.kill()
        if os.name == "posix" and status == -signal.SIGXCPU:
            message = f"{file}: took more than {self._limits.max_cpu_seconds} s of processor time"
            return DOCUMENT_CPU.error(message, hint=_LOOK.format("max_cpu_seconds"))
        if status == MEMORY_STATUS:
            message = f"{file}: took more than {self._limits.max_memory_bytes} octets of memory"
            return DOCUMENT_MEMORY.error(message, hint=_LOOK.format("max_memory_bytes"))
        return _crashed(file, describe_status(status))


def _crashed(file: Path, how: str) -> DocumentError:
    message = f"{file}: the process that read it broke ({how})"
    return DOCUMENT_CRASH.error(message, hint="do not open the document; report it as a defect of iki")


def _start() -> tuple[subprocess.Popen[bytes], Channel]:
    ours, theirs = socket.socketpair()
    kept = {name: value for name, value in os.environ.items() if name.startswith(_KEPT_VARIABLES)}
    try:
        # -P: what lies in the current folder is not imported.
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "agent.service.documents"],
            stdin=theirs.fileno(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=kept,
            start_new_session=True,  # Ctrl-C is for the caller, which ends its workers in order
        )
    except (OSError, ValueError) as error:
        ours.close()
        raise _not_started(str(error)) from error
    finally:
        theirs.close()
    return process, Channel(ours)


def _not_started(reason: str) -> UsageError:
    return UsageError(
        "document-worker",
        f"the process that reads documents cannot be started: {reason}",
        hint="is the machine full? is max_memory_bytes in [limits] too little?",
    )


_CLOSE: Final = ENCODER.encode(Close())
