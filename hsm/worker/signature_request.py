"""One request to sign, sent ahead of the wait for its answer."""

from collections.abc import Callable
from typing import Any

from hsm.errors import HSMError
from hsm.worker.deadline import Deadline
from hsm.worker.protocol import Kind
from hsm.worker.transports import Transport


class SignatureRequest:
    """One request to sign, sent when it is made, and again for each further answer that is asked for."""

    def __init__(self, transport: Transport, payload: bytes, deadline: Deadline, seen: int) -> None:
        """Send it; `seen` is the generation of the way to the token then."""
        self.deadline = deadline
        self.seen = seen
        self.error: HSMError | None = None
        """An answer that was looked at already, and is given once more."""
        self._transport = transport
        self._payload = payload
        self._ticket: Any = transport.begin(Kind.SIGN, payload)

    def answer(self, notice: Callable[[], None] | None) -> bytes:
        """Wait for the answer.

        Raises:
            HSMError: what the token answered.
        """
        if self.error is not None:
            error, self.error = self.error, None
            raise error
        ticket, self._ticket = self._ticket, None
        if ticket is None:
            ticket = self._transport.begin(Kind.SIGN, self._payload)
        return self._transport.finish(ticket, self.deadline, notice)
