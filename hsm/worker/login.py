"""One login to one token: its PIN is sent again only as long as it is certain that it was not rejected."""

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager

from hsm.errors import HSMError, PINLocked, PINRejected, PINRequired, Recovery, TokenUnavailable
from hsm.profile import ModuleProfile
from hsm.secret import PIN, Credential, ProtectedPath, wipe
from hsm.worker.deadline import Deadline
from hsm.worker.protocol import Kind, pack_login
from hsm.worker.transports import Transport

Guard = Callable[[Credential], AbstractContextManager[None]]
"""Entered around every sending of a PIN: it may refuse with its own exception, and sees the answer."""

Ask = Callable[[], Credential]
"""Gives the PIN, or the pad, for one signature of an always-authenticate key."""


class Login:
    """A PIN, or the token's own pad, and what came of it."""

    def __init__(
        self,
        credential: Credential,
        guard: Guard,
        profile: ModuleProfile,
        *,
        final_try: bool,
        again: Ask | None = None,
    ) -> None:
        """Keep the credential; nothing is sent. `final_try` holds until a login has gone well."""
        self._credential = credential
        self._guard = guard
        self._profile = profile
        self._final_try = final_try
        self._again = again
        self._refusal: HSMError | None = None
        self._rejected: list[tuple[PIN, HSMError]] = []
        self.one_by_one = threading.Lock()
        """Held for a signature with a login of its own: one person, one pad, one question at a time."""

    def send(self, transport: Transport, deadline: Deadline) -> None:
        """Log in, unless the PIN was rejected before or nobody knows what became of it.

        Raises:
            PINRejected, PINLocked, PINRequired: the token's answer; ever after the same, without the token.
                `pin-pad-again` when a person would have to be asked once more.
            TokenUnavailable: `login-outcome-unknown` from the second time on, when the first did not end.
            HSMError: what else the token answered; the PIN may be sent again then.
        """
        if self._refusal is not None:
            raise self._refusal
        at_pad = isinstance(self._credential, ProtectedPath)
        try:
            with self._guard(self._credential):
                self._refusal = _outcome_unknown()
                self._transmit(transport, Kind.LOGIN, self._credential, deadline)
        except (PINRejected, PINLocked, PINRequired) as error:
            self._refusal = error
            raise
        except HSMError as error:
            if _is_settled(error):
                self._refusal = None
                if at_pad and error.code != "token-busy":  # without a session, nobody was asked
                    self._refusal, error.recovery = _pad_again(), Recovery.NONE
            raise
        self._refusal = _pad_again() if at_pad else None
        self._final_try = False

    def sign(
        self,
        transport: Transport,
        request: bytes,
        credential: Credential,
        deadline: Deadline,
        notice: Callable[[], None] | None,
    ) -> bytes:
        """Have a signature made, with the context-specific login of an always-authenticate key.

        Raises:
            PINRejected: that PIN is never sent again, for no signature.
            HSMError: as `send`, and what the token answered to the signature.
        """
        self._check_sendable(credential)
        before = self._refusal
        try:
            with self._guard(credential):
                self._refusal = _outcome_unknown()
                answer = self._transmit(transport, Kind.LOGIN_AND_SIGN, credential, deadline, request, notice)
        except PINRejected as error:
            self._refusal = before
            self._note_rejected(credential, error)
            raise
        except HSMError as error:
            if _is_settled(error):
                self._refusal = before
            raise
        self._refusal = before
        return answer

    def ask(self) -> Credential:
        """Ask for the PIN of one signature, or take the one of the login."""
        return self._credential if self._again is None else self._again()

    def _transmit(
        self,
        transport: Transport,
        kind: int,
        credential: Credential,
        deadline: Deadline,
        request: bytes = b"",
        notice: Callable[[], None] | None = None,
    ) -> bytes:
        at_pad, patience = isinstance(credential, ProtectedPath), None
        if at_pad:  # from here on a person is waited for
            patience = self._profile.pin_entry
            deadline = Deadline.after(patience)
        payload = pack_login(credential, final_try=self._final_try, then=request)
        try:
            ticket = transport.begin(kind, payload, patience)
            return transport.finish(ticket, deadline, None if at_pad else notice)
        except TokenUnavailable as error:
            if at_pad and error.code == "token-deadline":
                raise _not_entered(self._profile.pin_entry) from error
            raise
        finally:
            wipe(payload)

    def _check_sendable(self, credential: Credential) -> None:
        if isinstance(credential, ProtectedPath):
            return
        if self._refusal is not None:
            raise self._refusal
        for pin, error in self._rejected:
            if pin.matches(credential):
                raise error

    def _note_rejected(self, credential: Credential, error: HSMError) -> None:
        if isinstance(credential, ProtectedPath):
            return
        self._rejected.append((credential.copy(), error))
        if isinstance(self._credential, PIN) and self._credential.matches(credential):
            self._refusal = error


def _is_settled(error: HSMError) -> bool:
    """Whether the PIN was not rejected for certain: a worker that ended, or is silent, may have seen that."""
    return error.recovery is not Recovery.REPLACE and error.code not in ("token-deadline", "pin-not-entered")


def _outcome_unknown() -> TokenUnavailable:
    return TokenUnavailable(
        "login-outcome-unknown",
        "the token stopped answering while it had the PIN; it was not sent again",
        hint="`iki token list` shows whether wrong PINs were counted; then try again",
    )


def _pad_again() -> PINRequired:
    return PINRequired(
        "pin-pad-again",
        "the login to the token is lost, and its PIN pad is not used twice for one request",
        hint="run the command again, and enter the PIN on the pad",
    )


def _not_entered(seconds: float) -> PINRequired:
    return PINRequired(
        "pin-not-entered",
        f"no PIN was entered on the token's pad within {seconds:g} s",
        hint="run the command again; pin_entry_seconds in [module.profile] says how long a person may take",
    )
