"""What the daemon holds while it runs: the workspace, the tokens, and the threads that do the work."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Final, ParamSpec, TypeVar

from agent.daemon.metrics import Metrics
from agent.errors import AgentError, IkiError
from agent.service.documents.pool import DocumentPool
from agent.service.held.tokens import HeldTokens
from agent.service.kept_trust import KeptTrust
from agent.service.pins.terminal import tell_on_terminal
from agent.service.processors import count_processors
from agent.service.workspace import Workspace, load_workspace

_TRUST_SECONDS: Final = 1.0
"""How old trust material may be that signatures are decided by: many are, in that time."""
_P = ParamSpec("_P")
_T = TypeVar("_T")


class Agent:
    """The daemon's state; its methods are called in the event loop, its tokens are used in threads."""

    def __init__(self, named: Path | None) -> None:
        """Load the configuration that `named`, or the environment, says.

        Raises:
            UsageError: it is missing or invalid, or what it names is.
            TokenError: a signer's URI is none.

        """
        self._named = named
        self.workspace: Workspace = load_workspace(named)
        self.tokens = HeldTokens(self.workspace.configuration)
        self.documents = _build_pool(self.workspace)
        self.trust = _keep_trust(self.workspace)
        self.started = datetime.now(UTC)
        self.loaded = self.started
        self.reload_problem: IkiError | None = None
        self.stopping = asyncio.Event()
        self.metrics = Metrics()
        self.activated = False
        """Whether systemd handed the sockets over."""
        self.active = 0
        self.waiting = 0
        settings = self.workspace.configuration.agent
        self._threads = ThreadPoolExecutor(settings.max_requests, "iki-request")
        self._turns = asyncio.Semaphore(settings.max_requests)
        self._most_waiting = settings.max_waiting

    async def work(self, job: Callable[_P, _T], *arguments: _P.args, **named: _P.kwargs) -> _T:
        """Do a document's work in a thread, when one is free.

        Raises:
            AgentError: `agent-busy` when too many wait already.
            IkiError: what the work raises.

        """
        if self.waiting >= self._most_waiting:
            raise AgentError(
                "agent-busy", f"{self.waiting} requests wait already", hint="try again in a moment"
            )
        self.waiting += 1
        try:
            await self._turns.acquire()
        finally:
            self.waiting -= 1
        self.active += 1
        try:
            call = partial(job, *arguments, **named)
            return await asyncio.get_running_loop().run_in_executor(self._threads, call)
        finally:
            self.active -= 1
            self._turns.release()

    def start(self) -> None:
        """Start a process for documents, before the first one comes; more are started as they are needed.

        Raises:
            UsageError: `document-worker`.

        """
        self.documents.start(1)

    async def reload(self) -> None:
        """Read the configuration anew; one that is wrong is told, and the old one stays in force.

        Raises:
            IkiError: what is wrong with it.

        """
        try:
            workspace, tokens = await asyncio.to_thread(self._load)
        except IkiError as error:
            self.reload_problem = error
            tell_on_terminal(f"the configuration was not reloaded, the old one stays: {error.message}")
            raise
        before, self.tokens = self.tokens, tokens
        readers, self.documents = self.documents, _renew_pool(self.documents, self.workspace, workspace)
        self.workspace, self.trust = workspace, _keep_trust(workspace)
        self.reload_problem, self.loaded = None, datetime.now(UTC)
        await asyncio.to_thread(before.close, tokens)
        if readers is not self.documents:
            await asyncio.to_thread(readers.retire)
        tell_on_terminal(f"configuration reloaded, SHA-256 {workspace.configuration.sha256}")

    def _load(self) -> tuple[Workspace, HeldTokens]:
        workspace = load_workspace(self._named)
        return workspace, HeldTokens(workspace.configuration, self.tokens)

    async def lock_idle(self) -> None:
        """Lock idle tokens from now on, as long as the configuration says so; never returns."""
        while True:
            seconds = self.workspace.configuration.agent.idle_lock_seconds
            await asyncio.sleep(min(seconds / 4, 10.0) if seconds else 10.0)
            if seconds is None:
                continue
            for token in await asyncio.to_thread(self.tokens.lock_idle, seconds):
                tell_on_terminal(f"{token.uri}: locked after {seconds} seconds without a use")

    async def close(self) -> None:
        """Lock every token and let the threads go; neither a token nor a document keeps anybody waiting."""
        await asyncio.to_thread(self.documents.close)
        await asyncio.to_thread(self.tokens.close)
        self._threads.shutdown(wait=False, cancel_futures=True)


def _keep_trust(workspace: Workspace) -> KeptTrust:
    return KeptTrust(workspace.configuration, _TRUST_SECONDS)


def _build_pool(workspace: Workspace) -> DocumentPool:
    """Build the processes that look into documents: a document in one of them may wait for token or TSA."""
    configuration = workspace.configuration
    processes = configuration.agent.document_processes or 2 * count_processors() + 2
    return DocumentPool(configuration.limits, workspace.mapping, processes=processes)


def _renew_pool(pool: DocumentPool, before: Workspace, workspace: Workspace) -> DocumentPool:
    """Keep the processes, unless documents are to be read otherwise from now on."""
    if _list_reading(before) == _list_reading(workspace):
        return pool
    return _build_pool(workspace)


def _list_reading(workspace: Workspace) -> tuple[object, ...]:
    configuration = workspace.configuration
    return configuration.limits, workspace.mapping, configuration.agent.document_processes
