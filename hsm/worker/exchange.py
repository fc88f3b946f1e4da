"""Requests and answers over two pipes, for many callers at once and without a thread between them.

Whoever waits for an answer reads the pipe for everybody, until the own answer is there, and then lets the
next one read: a single caller is woken once for an answer, and nobody else is.
"""

import select
import threading
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from hsm.errors import HSMError, TokenUnavailable
from hsm.secret import wipe
from hsm.worker.deadline import Deadline, deadline_passed
from hsm.worker.protocol import FrameReader, Kind, pack_frame, unpack_error, write_all

_ERROR: Final = int(Kind.ERROR)  # a look into the enumeration costs more than the comparison
_LONGEST_QUEUE: Final = 4096
_AHEAD: Final = 64
"""Requests that wait in the worker's pipe: a token never waits while its callers verify what they have."""


@dataclass(slots=True, eq=False)
class Ticket:
    """One request on its way."""

    frame: bytes | bytearray = b""
    patience: float = 0.0
    """Seconds that the call may take inside the module."""
    wake: "threading.Lock | None" = None
    """Made by whoever waits for it, and held until then; most answers are there before."""
    waiting: bool = False
    complete: bool = False
    kind: int = Kind.ERROR
    payload: bytes | bytearray = b""
    error: HSMError | None = None
    started: float = 0.0
    """When the worker took it, on the monotonic clock; 0 while it waits."""

    def prepare_to_wait(self) -> threading.Lock:
        """Make the lock that is released when the answer comes, and say that somebody waits."""
        wake = self.wake
        if wake is None:
            wake = self.wake = threading.Lock()
            wake.acquire()
        self.waiting = True
        return wake

    def result(self) -> bytes:
        """Return the payload of the answer.

        Raises:
            HSMError: the answer, or what became of the worker.
        """
        if self.error is not None:
            raise self.error
        if self.kind == _ERROR:
            raise unpack_error(self.payload)
        return bytes(self.payload)


class Exchange:
    """The requests of one worker: some inside the module, some ahead in the pipe, the rest here."""

    def __init__(self, requests: int, replies: int, width: int, patience: float) -> None:
        """Use these descriptors; `width` calls may be inside the module at one time, each so many seconds."""
        self._patience = patience
        self._requests = requests
        self._width = width
        self._window = width + _AHEAD
        self._reader = FrameReader(replies)
        self._poll = select.poll()
        self._poll.register(replies, select.POLLIN)
        self._lock = threading.Lock()
        self._reading = threading.Lock()
        self._loaded = Ticket(patience=patience, started=time.monotonic())
        self._tickets: dict[int, Ticket] = {0: self._loaded}
        self._queue: deque[int] = deque()
        self._ahead: deque[Ticket] = deque()
        self._running = 0
        self._last = 0
        self._closed = False
        self.end: HSMError | None = None
        """Why nothing more can be asked."""

    @property
    def is_busy(self) -> bool:
        """Whether an answer is outstanding."""
        return bool(self._tickets)

    def begin(self, kind: int, payload: bytes | bytearray, patience: float | None = None) -> Ticket:
        """Send a request, or put it into the queue; `patience` is for calls that wait for a person.

        Raises:
            TokenUnavailable: `token-busy`, when the queue is full.
            HSMError: `end`.
        """
        ticket = Ticket(patience=self._patience if patience is None else patience)
        with self._lock:
            if self.end is not None:
                raise self.end
            if len(self._queue) >= _LONGEST_QUEUE:
                raise TokenUnavailable("token-busy", "too many requests wait for the token", hint="try later")
            self._last = number = self._last % 0xFFFFFFFF + 1
            ticket.frame = pack_frame(number, kind, payload)
            self._tickets[number] = ticket
            if self._running + len(self._ahead) < self._window:
                self._send((ticket,))
            else:
                self._queue.append(number)
        return ticket

    def wait(self, ticket: Ticket, deadline: Deadline) -> None:
        """Wait until a request has its answer, reading for all if nobody does.

        Raises:
            TokenUnavailable: `token-deadline`.
        """
        while True:
            wake = ticket.prepare_to_wait()
            if ticket.complete:  # looked at only now: an answer that came before this wakes nobody
                return
            if not self._closed and self._reading.acquire(blocking=False):
                ticket.waiting = False
                try:
                    self._read_until(ticket, deadline)
                finally:
                    self._reading.release()
                    self._pass_on()
            elif not wake.acquire(timeout=deadline.remaining) and not ticket.complete:
                raise deadline_passed()

    def collect(self) -> bool:
        """Read what is there, unless somebody does; False when the worker has closed its pipe."""
        if not self._closed and self._reading.acquire(blocking=False):
            try:
                if self._poll.poll(0):
                    self._read()
            finally:
                self._reading.release()
                self._pass_on()
        return not self._closed

    def abandon(self, ticket: Ticket) -> None:
        """Forget a request that still waits here; one that was sent is watched on."""
        with self._lock:
            for number in list(self._queue):
                if self._tickets.get(number) is ticket:
                    self._queue.remove(number)
                    del self._tickets[number]

    def find_overdue(self) -> tuple[float, float] | None:
        """When the first of the calls inside the module has taken too long, and how long that is."""
        with self._lock:
            inside = [each for each in self._tickets.values() if each.started]
            return min(((each.started + each.patience, each.patience) for each in inside), default=None)

    def fail(self, error: HSMError) -> None:
        """Answer everybody with an error; the first one counts."""
        with self._lock:
            self.end = self.end or error
            for ticket in self._tickets.values():
                ticket.error = self.end
                self._finish(ticket)
            self._tickets.clear()
            self._queue.clear()

    def _read_until(self, ticket: Ticket, deadline: Deadline) -> None:
        while not ticket.complete:
            remaining = deadline.remaining
            if not remaining:
                raise deadline_passed()
            if self._poll.poll(remaining * 1000):
                self._read()
            if self._closed:  # the supervisor knows why, and tells everybody
                return

    def _pass_on(self) -> None:
        with self._lock:
            heir = next((each for each in self._tickets.values() if each.waiting), None)
            if heir is not None:
                self._wake(heir)

    def _read(self) -> None:
        self._closed = not self._reader.fill()
        with self._lock:
            now = time.monotonic()
            following: list[Ticket] = []
            while (frame := self._reader.take()) is not None:
                number, kind, payload = frame
                ticket = self._tickets.pop(number, None)
                if ticket is None:
                    continue
                ticket.kind, ticket.payload = kind, payload
                self._finish(ticket)
                if number:
                    self._advance(now, following)
                elif kind == _ERROR:
                    self.end = unpack_error(payload)
            if following:
                self._send(following)

    def _advance(self, now: float, following: list[Ticket]) -> None:
        """One call has left the module: the next in the pipe enters, and the next in the queue follows."""
        self._running -= 1
        if self._ahead:
            self._running += 1
            self._ahead.popleft().started = now
        if self._queue:
            following.append(self._tickets[self._queue.popleft()])

    def _send(self, tickets: "list[Ticket] | tuple[Ticket, ...]") -> None:
        """Write requests, and note when the worker takes them: in their order."""
        now = time.monotonic()
        for ticket in tickets:
            if self._running < self._width:
                self._running += 1
                ticket.started = now
            else:
                self._ahead.append(ticket)
        frames = [ticket.frame for ticket in tickets]
        with suppress(OSError):  # the worker has ended, which its supervisor tells everybody
            if all(isinstance(frame, bytes) for frame in frames):
                frames = [b"".join(frames)]
            for frame in frames:
                write_all(self._requests, frame)
        for frame in frames:
            if isinstance(frame, bytearray):
                wipe(frame)

    def _finish(self, ticket: Ticket) -> None:
        ticket.complete = True
        if ticket.waiting:
            self._wake(ticket)

    def _wake(self, ticket: Ticket) -> None:
        ticket.waiting = False
        if ticket.wake is not None:
            with suppress(RuntimeError):  # it is awake
                ticket.wake.release()
