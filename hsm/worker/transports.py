"""The two ways to a token's server: in this process, or through a pipe to a worker."""

import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from hsm.errors import HSMError, Recovery, TokenUnavailable
from hsm.profile import ModuleProfile
from hsm.worker.child import Child
from hsm.worker.deadline import Deadline
from hsm.worker.exchange import Ticket

if TYPE_CHECKING:
    from hsm.worker.server import TokenServer


class Transport(Protocol):
    """A way to a `TokenServer`."""

    highest: Recovery
    """The last rung that this way has."""

    def begin(self, kind: int, payload: bytes | bytearray, patience: float | None = None) -> Any:
        """Send a request, for `finish`; nothing goes wrong before that.

        `patience` is how many seconds the call may take, where a person has to do something.
        """

    def finish(self, ticket: Any, deadline: Deadline, notice: Callable[[], None] | None) -> bytes:
        """Wait for the answer to one request; once for each.

        Raises:
            HSMError: what the token answered, or what became of the way to it.
        """

    def replace(self) -> None:
        """Put a new server in the place of this one, which is lost."""

    def close(self) -> None:
        """Log out and let go of the token."""


class InProcess:
    """The module in this very process: nothing to start, nothing that survives its crash or ends its hang."""

    highest = Recovery.REINITIALISE

    def __init__(self, module: Path, environment: Mapping[str, str], profile: ModuleProfile) -> None:
        """Load nothing yet."""
        self._arguments = (module, environment, profile)
        self._notice_after = profile.notice
        self._lock = threading.Lock()
        self._loaded: TokenServer | None = None

    def begin(
        self,
        kind: int,
        payload: bytes | bytearray,
        patience: float | None = None,  # noqa: ARG002 - nobody here could end the call
    ) -> tuple[int, bytes | bytearray]:
        """Keep the request: nobody else could work on it."""
        return kind, payload

    def finish(
        self, ticket: tuple[int, bytes | bytearray], deadline: Deadline, notice: Callable[[], None] | None
    ) -> bytes:
        """Ask the server; the deadline is looked at before the call only.

        Raises:
            ModuleUnavailable: as `hsm.open_module`.
            HSMError: what the token answered.
        """
        deadline.check()
        server = self._server()
        if notice is None:
            return server.answer(*ticket)
        clock = threading.Timer(self._notice_after, notice)
        clock.daemon = True
        clock.start()
        try:
            return server.answer(*ticket)
        finally:
            clock.cancel()

    def replace(self) -> None:
        """Do nothing: this process has only itself."""

    def close(self) -> None:
        """Log out and close the sessions; the module stays loaded."""
        if self._loaded is not None:
            self._loaded.close()

    def _server(self) -> "TokenServer":
        with self._lock:
            if self._loaded is None:
                from hsm.worker.server import TokenServer  # noqa: PLC0415 - only here is the binding imported

                self._loaded = TokenServer(*self._arguments)
            return self._loaded


class WorkerProcess:
    """A process of its own for the token, started anew when it is lost."""

    highest = Recovery.REPLACE

    def __init__(self, module: Path, environment: Mapping[str, str], profile: ModuleProfile) -> None:
        """Start the worker; it loads the module while the caller does something else.

        Raises:
            ModuleUnavailable: `worker-not-started`.
        """
        self._arguments = (module, environment, profile)
        self._lock = threading.Lock()
        self._closed = False
        self._child = Child(*self._arguments)

    @property
    def pid(self) -> int:
        """The number of the process that holds the module now."""
        return self._child.pid

    def begin(
        self, kind: int, payload: bytes | bytearray, patience: float | None = None
    ) -> tuple[Child, Ticket | HSMError]:
        """Send a request; an error is kept for `finish`."""
        child = self._child
        try:
            return child, child.begin(kind, payload, patience)
        except HSMError as error:
            return child, error

    def finish(
        self, ticket: tuple[Child, Ticket | HSMError], deadline: Deadline, notice: Callable[[], None] | None
    ) -> bytes:
        """Wait for the worker that has the request.

        Raises:
            HSMError: what the token answered, `token-deadline`, or `module-crashed`.
        """
        child, request = ticket
        if isinstance(request, HSMError):
            raise request
        return child.finish(request, deadline, notice)

    def replace(self) -> None:
        """Kill the worker and start another.

        Raises:
            TokenUnavailable: `token-closed`, when this client was closed.
            ModuleUnavailable: `worker-not-started`.
        """
        with self._lock:
            if self._closed:
                raise TokenUnavailable("token-closed", "the token is closed", hint="open the token again")
            self._child.kill()
            self._child = Child(*self._arguments)

    def close(self) -> None:
        """End the worker; there will be no other."""
        with self._lock:
            self._closed = True
            self._child.close()


def ask(transport: Transport, kind: int, payload: bytes, deadline: Deadline) -> bytes:
    """Send one request and wait for its answer.

    Raises:
        HSMError: as `Transport.finish`.
    """
    return transport.finish(transport.begin(kind, payload), deadline, None)
