"""What the desk holds while it runs: the workspace, what came in, and who does the work."""

import asyncio
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import field
from functools import partial
from pathlib import Path
from typing import Final, ParamSpec, TypeVar

from agent.dataclass import dataclass
from agent.desk.admission import Admission
from agent.desk.spool import Spool
from agent.errors import UsageError
from agent.findings import Finding
from agent.policy.explanation import Explanation
from agent.service.documents.pool import DocumentPool
from agent.service.reviewing import SigningWish
from agent.service.workspace import Workspace

MAX_DOCUMENTS: Final = 500
"""Verdicts in one table, with their reports."""
MAX_SIGNED: Final = 100
"""Signed documents that wait to be downloaded."""
MAX_IMAGE_OCTETS: Final = 1024**3
"""A Manufacturer Image that is hashed here; the command takes any."""
_MAX_REVIEWS: Final = 4
_P = ParamSpec("_P")
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class TableRow:
    """One document of the table, as the CSV has it."""

    name: str
    verdict: str
    sub_indication: str
    at: str
    sha256: str
    signers: str
    problems: int
    warnings: int
    first_finding: str
    requirement: str
    signature_file: str
    """The `.p7s` that came with it; empty for a workbook's own signatures."""


@dataclass(slots=True)
class OpenReview:
    """A document that somebody looks at before they sign it."""

    wish: SigningWish
    explanation: Explanation
    findings: tuple[Finding, ...]
    warns: bool
    notices: list[str] = field(default_factory=list)
    """What the person is told while the token works."""


@dataclass(frozen=True, slots=True)
class SignedDocument:
    """A document that was signed, and waits to be downloaded."""

    path: Path
    name: str


class Desk:
    """The desk's state; its methods are called in the event loop, but for the work itself."""

    def __init__(self, workspace: Workspace, admission: Admission, spool: Spool, *, threads: int) -> None:
        """Begin with nothing on it."""
        self.workspace: Final = workspace
        self.admission: Final = admission
        self.spool: Final = spool
        self.max_octets: Final = workspace.configuration.limits.max_file_bytes
        self.rows: list[TableRow] = []
        self.reports: dict[str, Path] = {}
        self.reviews: dict[str, OpenReview] = {}
        self.signed: dict[str, SignedDocument] = {}
        self.token_turn: Final = asyncio.Lock()
        """One signature at a time: a person types a PIN for it."""
        self.stopping: Final = asyncio.Event()
        self.opened: Final = asyncio.Event()
        """Set when a page was opened, until its follower's address has been shown."""
        limits = workspace.configuration.limits
        self.pool: Final = DocumentPool(limits, workspace.mapping, processes=threads)
        self._threads = ThreadPoolExecutor(threads, "iki-desk")
        self._turns: Final = asyncio.Semaphore(threads)
        self._active = 0
        self._last_use = time.monotonic()

    @property
    def idle_seconds(self) -> float:
        """Seconds since the last request ended; 0 while there is one."""
        return 0.0 if self._active else time.monotonic() - self._last_use

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """Say that the desk is in use as long as the block lasts."""
        self._active += 1
        try:
            yield
        finally:
            self._active -= 1
            self._last_use = time.monotonic()

    async def work(self, job: Callable[_P, _T], *arguments: _P.args, **named: _P.kwargs) -> _T:
        """Do a document's work in a thread, when one is free."""
        async with self._turns:
            call = partial(job, *arguments, **named)
            return await asyncio.get_running_loop().run_in_executor(self._threads, call)

    def check_room(self) -> None:
        """Check that there is room for one more document; raises UsageError `desk-full`."""
        if len(self.rows) >= MAX_DOCUMENTS or len(self.signed) >= MAX_SIGNED:
            raise UsageError(
                "desk-full",
                f"the table holds {MAX_DOCUMENTS} documents at most, and {MAX_SIGNED} signed ones",
                hint="save what you need, clear the table, and go on",
            )

    def add_review(self, name: str, review: OpenReview) -> None:
        """Add a review; the oldest goes when there are too many."""
        while len(self.reviews) >= _MAX_REVIEWS:
            self.drop_review(next(iter(self.reviews)))
        self.reviews[name] = review

    def drop_review(self, name: str) -> None:
        """Forget a review and its document."""
        self.spool.remove(self.reviews.pop(name).wish.file.path)

    def clear(self) -> None:
        """Forget everything that came in."""
        for name in tuple(self.reviews):
            self.drop_review(name)
        self.spool.remove(*self.reports.values(), *(each.path for each in self.signed.values()))
        self.reports.clear()
        self.signed.clear()
        self.rows.clear()

    def close(self) -> None:
        """Wait for the threads: what they sign is recorded, and must come to its end."""
        self._threads.shutdown(wait=True, cancel_futures=True)
        self.pool.close()
