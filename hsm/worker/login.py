"""One PIN on its way to one token: sent again only as long as it is certain that it was not rejected."""

from collections.abc import Callable
from contextlib import AbstractContextManager

from hsm.errors import HSMError, PINLocked, PINRejected, PINRequired, Recovery, TokenUnavailable
from hsm.secret import PIN
from hsm.worker.deadline import Deadline
from hsm.worker.protocol import Kind, pack_login
from hsm.worker.transports import Transport, ask

Guard = Callable[[], AbstractContextManager[None]]
"""Entered around every sending of the PIN: it may refuse with its own exception, and sees the answer."""


class Login:
    """A PIN and what came of it."""

    def __init__(self, pin: PIN, guard: Guard, *, final_try: bool) -> None:
        """Keep the PIN; nothing is sent. `final_try` holds for the first time only."""
        self._pin = pin
        self._guard = guard
        self._final_try = final_try
        self._refusal: HSMError | None = None

    def send(self, transport: Transport, deadline: Deadline) -> None:
        """Send the PIN, unless it was rejected before or nobody knows what became of it.

        Raises:
            PINRejected, PINLocked, PINRequired: the token's answer; ever after the same, without the token.
            TokenUnavailable: `login-outcome-unknown` from the second time on, when the first did not end.
            HSMError: what else the token answered; the PIN may be sent again then.
        """
        if self._refusal is not None:
            raise self._refusal
        try:
            with self._guard():
                self._refusal = _outcome_unknown()
                payload = pack_login(self._pin, final_try=self._final_try)
                ask(transport, Kind.LOGIN, payload, deadline)
        except (PINRejected, PINLocked, PINRequired) as error:
            self._refusal = error
            raise
        except HSMError as error:
            # A worker that ended, or did not answer, may have had the PIN rejected before.
            if error.recovery is not Recovery.REPLACE and error.code != "token-deadline":
                self._refusal = None
            raise
        self._refusal = None
        self._final_try = False

    def refuse(self, error: HSMError) -> None:
        """Note that the token rejected the PIN elsewhere: at the signature of an always-authenticate key."""
        self._refusal = error


def _outcome_unknown() -> TokenUnavailable:
    return TokenUnavailable(
        "login-outcome-unknown",
        "the token stopped answering while it had the PIN; it was not sent again",
        hint="`iki token list` shows whether wrong PINs were counted; then try again",
    )
