"""A token for programs that only use it: opened, logged in to, signed with, and looked after in between.

The same client stands before a worker process and before the module in its own process.
"""

import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, Self, TypeVar

from hsm.digests import DigestToSign
from hsm.errors import HSMError, PINRequired, Recovery
from hsm.profile import ModuleProfile
from hsm.secret import Credential, ProtectedPath
from hsm.token_key import TokenKey
from hsm.uri import PKCS11URI
from hsm.values import CertificateObject, KeyDescription, TokenDescription
from hsm.worker.breaker import Breaker
from hsm.worker.deadline import Deadline
from hsm.worker.ladder import Ladder
from hsm.worker.login import Ask, Guard, Login
from hsm.worker.protocol import Kind, pack_call, pack_sign, to_certificate, to_key, to_token, unpack
from hsm.worker.signature_request import SignatureRequest
from hsm.worker.transports import InProcess, Transport, WorkerProcess, ask

_T = TypeVar("_T")
_NOTHING: Final[Mapping[str, str]] = MappingProxyType({})
_FIRST_PAUSE: Final = 0.02
_LONGEST_PAUSE: Final = 0.5


def _unguarded(_: Credential) -> AbstractContextManager[None]:
    return nullcontext()


class TokenClient:
    """One token of one module, in a worker process or in this one; may be used by several threads.

    Use it in a `with` block: its end logs out. What a token answers that a new session, a new login or a
    new process may mend is mended, and the request is made once more, no more often.
    """

    def __init__(self, transport: Transport, profile: ModuleProfile) -> None:
        """Keep the way to the token; made by `open_client`."""
        self.notice: Callable[[], None] | None = None
        """Called when a signature has taken `profile.notice` seconds: the token may wait for a touch."""
        self._transport = transport
        self._profile = profile
        self._breaker = Breaker()
        self._ladder = Ladder(transport, self._breaker)

    def __enter__(self) -> Self:
        """Return the client."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the client."""
        self.close()

    def close(self) -> None:
        """Log out, close the sessions and end the worker."""
        self._transport.close()

    def list_tokens(self) -> tuple[TokenDescription, ...]:
        """List the initialised tokens of the module; no PIN is needed.

        Raises:
            ModuleUnavailable, TokenUnavailable: the module.
        """
        return tuple(to_token(each) for each in self._call("tokens"))

    def open(self, uri: PKCS11URI) -> TokenDescription:
        """Find exactly one token by the URI's token attributes; everything else is about this one.

        Raises:
            TokenNotFound, TokenAmbiguous, URIError: as `Module.find_token`.
            ModuleUnavailable, TokenUnavailable: the module.
        """
        deadline = self._deadline()
        return self._wait_for(lambda: self._ladder.open(uri.for_token(), deadline), deadline)

    def log_in(
        self,
        credential: Credential,
        *,
        guard: Guard = _unguarded,
        final_try: bool = False,
        again: Ask | None = None,
    ) -> None:
        """Log in once, for all sessions; a PIN is kept for as long as the client, to log in after a loss.

        At the token's own pad a person is asked once: after a loss, requests fail with `pin-pad-again`.

        `guard` is entered around every sending of a PIN, also those; what it raises comes out of here, or
        of the request that needed it. `final_try` sends the PIN although a wrong one would lock. `again` is
        called for each signature of an always-authenticate key, and gives the PIN for it, or the pad; without
        it that is `credential`.

        Raises:
            PINRejected, PINLocked, PINRequired: as `Module.open_token`; that PIN is never sent again.
            PINRequired: `pin-not-entered` on the pad in `profile.pin_entry` seconds.
            TokenUnavailable: the token, or `login-outcome-unknown`.
        """
        deadline = self._deadline()
        login = Login(credential, guard, self._profile, final_try=final_try, again=again)
        self._wait_for(lambda: self._ladder.log_in(login, deadline), deadline)

    def list_keys(self) -> tuple[KeyDescription, ...]:
        """List the private keys that can be seen.

        Raises:
            HSMError: what the token answered.
        """
        return tuple(to_key(each) for each in self._call("keys"))

    def find_certificate(self, uri: PKCS11URI) -> CertificateObject:
        """Find exactly one certificate object.

        Raises:
            CertificateNotFound, CertificateAmbiguous, URIError: as `Token.find_certificate`.
            HSMError: what the token answered.
        """
        return to_certificate(self._call("certificate", uri=str(uri)))

    def find_key(self, uri: PKCS11URI) -> TokenKey:
        """Find exactly one private key, and bind to its public key: another one is never taken for it.

        Raises:
            KeyNotFound, KeyAmbiguous, PINRequired, URIError: as `Token.find_key`.
            HSMError: what the token answered.
        """
        deadline = self._deadline()
        seen = self._ladder.generation
        number, description = self._persist(lambda: self._ladder.find(uri, deadline), deadline, seen)
        return TokenKey(self, number, description)

    def begin(self, number: int, asked: DigestToSign, seconds: float | None) -> SignatureRequest:
        """Send a request to sign. For this package's own use.

        Raises:
            TokenUnavailable: `token-suspended`.
        """
        self._breaker.check()
        deadline = self.set_deadline(seconds)
        payload = pack_sign(number, deadline.at, asked)
        return SignatureRequest(self._transport, payload, deadline, self._ladder.generation)

    def finish(self, request: SignatureRequest) -> bytes:
        """Wait for a signature, which is not verified yet; recover and ask once more if that is called for.

        For this package's own use.

        Raises:
            HSMError: what the token answered.
        """
        try:
            return request.answer(self.notice)  # signatures are many, and most need nothing else
        except HSMError as error:
            request.error = error
        return self._persist(lambda: request.answer(self.notice), request.deadline, request.seen)

    def sign_after_login(self, number: int, asked: DigestToSign, seconds: float | None) -> bytes:
        """Have a key sign that wants a login for it; the PIN is asked for once. For this package's own use.

        What can be mended is mended and asked for once more, but nobody has to go to the pad twice.

        Raises:
            HSMError: what the token answered.
        """
        login = self._ladder.login
        if login is None:
            raise _without_login()
        with login.one_by_one:
            self._breaker.check()
            credential = login.ask()
            deadline, seen = self.set_deadline(seconds), self._ladder.generation
            at_pad = isinstance(credential, ProtectedPath)
            until = Deadline.after(self._profile.pin_entry) if at_pad else deadline
            request = pack_sign(number, until.at, asked)

            def attempt() -> bytes:
                return login.sign(self._transport, request, credential, deadline, self.notice)

            if not at_pad:
                return self._persist(attempt, deadline, seen)
            try:
                return attempt()
            except HSMError as error:
                if error.recovery >= Recovery.FIND_KEY:
                    self._ladder.climb(error, seen, self._deadline())
                raise

    @property
    def generation(self) -> int:
        """How often the way to the token was rebuilt."""
        return self._ladder.generation

    def approve(self) -> None:
        """Note that the token made a good signature. For this package's own use."""
        self._ladder.approve()

    def set_deadline(self, seconds: float | None) -> Deadline:
        """Set the deadline of one request, by default the profile's. For this package's own use."""
        return Deadline(time.monotonic() + (self._profile.deadline if seconds is None else seconds))

    def _deadline(self) -> Deadline:
        return Deadline.after(self._profile.deadline)

    def _call(self, name: str, **arguments: str) -> Any:
        deadline = self._deadline()
        payload, seen = pack_call(name, arguments), self._ladder.generation
        answer = self._persist(lambda: ask(self._transport, Kind.CALL, payload, deadline), deadline, seen)
        return unpack(answer)

    def _persist(self, attempt: Callable[[], _T], deadline: Deadline, seen: int) -> _T:
        """Ask; after what can be mended, mend it and ask once more."""
        try:
            return self._wait_for(attempt, deadline)
        except HSMError as error:
            if error.recovery < Recovery.FIND_KEY:
                raise
            self._ladder.climb(error, seen, deadline)
        seen = self._ladder.generation
        try:
            return self._wait_for(attempt, deadline)
        except HSMError as error:
            if error.recovery >= Recovery.FIND_KEY:
                self._ladder.blame(seen)
            raise

    def _wait_for(self, attempt: Callable[[], _T], deadline: Deadline) -> _T:
        """Ask again while others have what is missing: the token did nothing then, so this is no retry."""
        pause, lacking = _FIRST_PAUSE, None
        while True:
            try:
                return attempt()
            except HSMError as error:
                if lacking is not None and not deadline.remaining:
                    raise lacking from error  # what was waited for all the time, not that time is over
                if error.recovery is not Recovery.WAIT or pause >= deadline.remaining:
                    raise
                lacking = error
            deadline.pause(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)


def _without_login() -> PINRequired:
    return PINRequired(
        "pin-required",
        "the key asks for the PIN at every signature and no PIN was given",
        hint="name a PIN source with `pin` in the signer's configuration",
    )


def open_client(
    path: Path,
    environment: Mapping[str, str] = _NOTHING,
    profile: ModuleProfile | None = None,
    *,
    worker: bool = True,
) -> TokenClient:
    """Start a worker process for a module, or load it in this process when it is first needed.

    Args:
        path: the PKCS#11 module.
        environment: variables that it must find.
        profile: how it wants to be used.
        worker: in a process of its own, which survives the module's crashes and ends its hangs.

    Raises:
        ModuleUnavailable: `worker-not-started`; what is wrong with the module is told by the first request.
    """
    profile = profile or ModuleProfile()
    kind = WorkerProcess if worker else InProcess
    return TokenClient(kind(path, environment, profile), profile)
