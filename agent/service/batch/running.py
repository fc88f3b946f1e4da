"""The running of a batch: several documents at a time, results as they come, an end at any time.

First all documents are looked at, side by side, for what is done already. Then
the calling thread works alone for as long as it has to (somebody may be asked for a PIN, which is its
business), and then only waits, so that Ctrl-C and SIGTERM reach it at once. What is under way then is brought
to its end, which is a matter of moments; whoever is impatient interrupts once more, and then it is broken
off.
"""

import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final, Generic, TypeVar

from agent.dataclass import dataclass
from agent.exits import ExitStatus
from agent.service.batch.results import BatchResult

_LOOK: Final = 0.2
"""Seconds between two looks at whether anything is to be done but wait."""
ItemT = TypeVar("ItemT")


@dataclass(frozen=True, slots=True)
class BatchWork(Generic[ItemT]):
    """How a batch is worked on; all of it may be called by several threads, but for `tell`."""

    look: Callable[[ItemT], BatchResult | None]
    """Look whether there is anything to do about a document; None when there is."""
    do: Callable[[ItemT], BatchResult]
    """Work on one document."""
    failed: Callable[[ItemT, Exception], BatchResult]
    """Build the result of a document whose work raised."""
    not_tried: Callable[[ItemT], BatchResult]
    """Build the result of a document whose turn does not come."""
    is_alone: Callable[[], bool]
    """Whether the calling thread has to work alone still."""
    is_over: Callable[[], bool]
    """Whether no other document can come to a good end."""
    break_off: Callable[[], None]
    """Have what is under way end at once."""
    tell: Callable[[BatchResult], None]
    """Is told of each result, by the calling thread."""
    rest: Callable[[], None]
    """Is called while the calling thread waits, a few times a second."""


@dataclass(frozen=True, slots=True)
class BatchEnd:
    """What came of a batch."""

    results: tuple[BatchResult, ...]
    """In the order of its documents."""
    interrupted: bool
    seconds: float


class Batch(Generic[ItemT]):
    """One run over documents."""

    def __init__(
        self, items: Sequence[ItemT], work: BatchWork[ItemT], *, threads: int, fail_fast: bool
    ) -> None:
        """Begin nothing yet; with `fail_fast` nothing is begun after a first document that ended badly."""
        self._items = items
        self._work = work
        self._threads = threads
        self._fail_fast = fail_fast
        self._left: deque[int] = deque()
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._done: queue.Queue[tuple[int, BatchResult] | None] = queue.Queue()
        self._results: dict[int, BatchResult] = {}

    def run(self) -> BatchEnd:
        """Work on all documents, or as many as there is time for."""
        begun = time.monotonic()
        self._left.extend(range(len(self._items)))
        interrupted = self._run_together(self._work.look)
        self._left = deque(number for number in range(len(self._items)) if number not in self._results)
        try:
            self._run_alone()
        except KeyboardInterrupt:
            interrupted = True
            self._stop.set()
        interrupted = self._run_together(self._work.do) or interrupted
        results = tuple(
            self._results.get(number) or self._work.not_tried(item) for number, item in enumerate(self._items)
        )
        return BatchEnd(results, interrupted, time.monotonic() - begun)

    def _run_alone(self) -> None:
        while self._work.is_alone() and (number := self._claim()) is not None:
            result = self._try(self._work.do, self._items[number])
            if result is not None:
                self._note(number, result)
            self._work.rest()

    def _run_together(self, work: Callable[[ItemT], BatchResult | None]) -> bool:
        """Have threads do that, and wait for them; returns whether that was interrupted."""
        threads = [
            threading.Thread(target=self._serve, args=(work,), daemon=True, name=f"batch {number}")
            for number in range(min(self._threads, len(self._left)))
            if not self._stop.is_set()
        ]
        interrupted = False
        for thread in threads:
            thread.start()
        left = len(threads)
        while left:
            try:
                left -= self._take()
            except KeyboardInterrupt:
                if interrupted:
                    self._work.break_off()
                interrupted = True
                self._stop.set()
        return interrupted

    def _take(self) -> bool:
        """Take a result, if there is one; returns whether it was a thread's last word."""
        try:
            done = self._done.get(timeout=_LOOK)
        except queue.Empty:
            self._work.rest()
            return False
        if done is None:
            return True
        self._note(*done)
        return False

    def _serve(self, work: Callable[[ItemT], BatchResult | None]) -> None:
        while (number := self._claim()) is not None:
            result = self._try(work, self._items[number])
            if result is not None:
                self._done.put((number, result))
        self._done.put(None)

    def _claim(self) -> int | None:
        """Claim the next document; None when there is none, or none is wanted any more."""
        with self._lock:
            if self._stop.is_set() or self._work.is_over() or not self._left:
                return None
            return self._left.popleft()

    def _note(self, number: int, result: BatchResult) -> None:
        self._results[number] = result
        if self._fail_fast and result.status is not ExitStatus.OK:
            self._stop.set()
        self._work.tell(result)

    def _try(self, work: Callable[[ItemT], BatchResult | None], item: ItemT) -> BatchResult | None:
        begun = time.monotonic()
        try:
            result = work(item)
        except Exception as error:  # noqa: BLE001 - the boundary of a document: the others go on
            result = self._work.failed(item, error)
        return result and replace(result, seconds=round(time.monotonic() - begun, 3))
