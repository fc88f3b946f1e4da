"""One token that is held open, in a worker process of its own, until it is locked.

A token is unlocked by a person's `unlock`, or at its first use where the PIN comes from a source that needs
nobody. Once it was locked on purpose, or rejected a PIN, only a person unlocks it again.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from functools import partial

from agent.config.configuration import ModuleSettings
from agent.config.pin_sources import PINPad, PINPrompt
from agent.config.signers import SignerSettings
from agent.dataclass import dataclass
from agent.errors import TokenError
from agent.pki.certificate import SigningCertificate
from agent.policy.authorization import SigningAuthorization
from agent.service.addressing import parse_signer_uri
from agent.service.hsm_errors import translating_hsm_errors
from agent.service.keys import SignerKey, TokenDoor, find_token_certificate
from agent.service.logins import log_in_signer
from agent.service.pins.caching import SignaturePIN
from agent.service.pins.terminal import Operator
from hsm import PKCS11URI, TokenClient, TokenDescription, TokenKey

_REJECTIONS = frozenset({"pin-rejected", "pin-rejected-before", "pin-outcome-unknown", "pin-locked"})
"""Codes after which nothing but a person's decision sends a PIN again."""


class TokenState(StrEnum):
    """Whether keys can be used now."""

    LOCKED = "locked"
    """No PIN is held; there may be no worker."""
    UNLOCKED = "unlocked"


@dataclass(frozen=True, slots=True)
class TokenStatus:
    """What there is to say of a held token."""

    uri: str
    signers: tuple[str, ...]
    state: TokenState
    unlocks_itself: bool
    """The next use unlocks it: its PIN needs nobody, and it was not locked on purpose."""
    since: datetime
    """When it came into this state."""
    problem: str | None
    """Code of the last error; None since the last success."""

    @property
    def ready(self) -> bool:
        """Whether a signature can be expected to succeed."""
        return self.problem is None and (self.state is TokenState.UNLOCKED or self.unlocks_itself)


class HeldToken:
    """One token, its worker and its login; may be used by several threads."""

    def __init__(self, uri: PKCS11URI, settings: ModuleSettings, signers: tuple[SignerSettings, ...]) -> None:
        """Start nothing yet; `uri` has the token's attributes alone; the PIN is the first signer's."""
        self.uri = uri
        self.settings = settings
        self.signers = signers
        self._lock = threading.RLock()
        self._door: TokenDoor | None = None
        self._token: TokenDescription | None = None
        self._unlocked = False
        self._pin: SignaturePIN | None = None
        self._keys: dict[str, HeldKey] = {}
        self._certificates: dict[str, SigningCertificate] = {}
        self._wants_person = False
        self._since = datetime.now(UTC)
        self._problem: str | None = None
        self._in_use = 0
        self._last_use = time.monotonic()

    @property
    def status(self) -> TokenStatus:
        """The status now; asks the token nothing, and waits for nobody."""
        state = TokenState.UNLOCKED if self._unlocked else TokenState.LOCKED
        names = tuple(signer.name for signer in self.signers)
        itself = state is TokenState.LOCKED and self._unlocks_itself
        return TokenStatus(str(self.uri), names, state, itself, self._since, self._problem)

    @property
    def identity(self) -> PKCS11URI | None:
        """All that the token says of itself, whatever of it `uri` names; None while it is not open."""
        token = self._token
        return token.uri if token else None

    @property
    def asks_person(self) -> bool:
        """Whether `unlock` needs a PIN that a person types."""
        return isinstance(self.signers[0].pin, PINPrompt)

    @property
    def _unlocks_itself(self) -> bool:
        needs_nobody = not isinstance(self.signers[0].pin, PINPrompt | PINPad)
        return needs_nobody and not self._wants_person

    @property
    def _wants_pin(self) -> bool:
        """Whether a key asks for its PIN each time, and the one that a person gave stands no longer."""
        is_over = self._pin is not None and self._pin.is_over
        return self.asks_person and is_over and any(key.always_authenticate for key in self._keys.values())

    def unlock(self, operator: Operator) -> None:
        """Log in, unless that is done.

        Raises:
            TokenError: the module, the token or the PIN; nothing but another `unlock` sends a PIN again
                after a rejection.

        """
        with self._lock:
            if self._unlocked and not self._wants_pin:
                return
            if self._unlocked:
                self._close()
            self._wants_person = False
            self._log_in(operator)

    def lock(self) -> None:
        """Forget the PIN and end the worker; what is being signed fails. A person has to unlock it again."""
        self._wants_person = True
        self._close()

    def lock_if_idle(self, seconds: float) -> bool:
        """Lock it when it was not used for so long; returns whether it was. It may unlock itself again."""
        with self._lock:
            if not self._unlocked or self._in_use or time.monotonic() - self._last_use < seconds:
                return False
            self._close()
            return True

    def close(self) -> None:
        """End the worker, for good."""
        self.lock()

    def load_certificate(self, signer: SignerSettings) -> SigningCertificate:
        """Load a certificate that lies on the token; no PIN is needed.

        Raises:
            TokenError: the module, the token, or the certificate.
            DocumentError: `certificate-malformed`.

        """
        with self._lock:
            if signer.token not in self._certificates:
                with self._noting_problems():
                    client, _ = self._open()
                    self._certificates[signer.token] = find_token_certificate(signer, client)
            return self._certificates[signer.token]

    def open_key(self, signer: SignerSettings, operator: Operator) -> "HeldKey":
        """Find a signer's key; it is found once for as long as the token is unlocked.

        Raises:
            TokenError: `token-locked` when a person has to unlock it; the module, the token, PIN or key.

        """
        with self._lock:
            if not self._unlocked:
                if not self._unlocks_itself:
                    raise self._locked()
                self._log_in(operator)
            if self._pin is None:
                raise self._locked()
            if signer.token not in self._keys:
                with self._noting_problems(), translating_hsm_errors():
                    client, _ = self._open()
                    found = client.find_key(parse_signer_uri(signer))
                    self._keys[signer.token] = HeldKey(found, self._pin, self)
            self._last_use = time.monotonic()
            key = self._keys[signer.token]
            self._check_can_be_asked(key)
            return key

    def find(self) -> PKCS11URI:
        """Find the token, unless that is done; returns its identity. Raises TokenError."""
        with self._lock:
            if self._token is None:
                with self._noting_problems():
                    return self._open()[1].uri
            return self._token.uri

    def resembles(self, signer: SignerSettings) -> bool:
        """Tell whether it is logged in to as a signer's table says."""
        first = self.signers[0]
        return (first.pin, first.pin_cache) == (signer.pin, signer.pin_cache)

    @contextmanager
    def using(self) -> Iterator[None]:
        """Keep the token from being idle, and note what came of its use."""
        with self._lock:
            self._in_use += 1
        try:
            with self._noting_problems():
                yield
        finally:
            with self._lock:
                self._in_use -= 1
                self._last_use = time.monotonic()

    def _check_can_be_asked(self, key: "HeldKey") -> None:
        """Check that a PIN for each signature can be had; raises TokenError `pin-each-time`."""
        if not key.always_authenticate or not self._wants_pin:
            return
        first = self.signers[0]
        name = first.name
        mend = f"iki agent unlock --as {name}" if first.pin_cache else f"set pin_cache in [signers.{name}]"
        raise TokenError(
            "pin-each-time",
            f"the key of {name} asks for its PIN at each signature, and the agent has nobody to ask",
            hint=f"{mend}; or add --no-agent",
        )

    def _log_in(self, operator: Operator) -> None:
        with self._noting_problems():
            client, token = self._open()
            text = f"waiting for the token {token.label}: touch it if it blinks"
            client.notice = partial(operator.tell, text)
            self._pin = log_in_signer(client, token, self.signers[0], self.settings, operator)
        self._unlocked, self._since, self._last_use = True, datetime.now(UTC), time.monotonic()

    def _open(self) -> tuple[TokenClient, TokenDescription]:
        """Start the worker and find the token, unless that is done: opening again would log out."""
        if self._door is None:
            self._door = TokenDoor(self.settings)
        client = self._door.client
        if self._token is None:
            try:
                with translating_hsm_errors():
                    self._token = client.open(self.uri)
            except TokenError:
                # A module that was started without the token may never see it: the next try has a new one.
                self._close()
                raise
        return client, self._token

    def _close(self) -> None:
        """Close without waiting for whoever signs: closing is what ends them."""
        door, self._door = self._door, None
        if door is not None:
            door.__exit__(None, None, None)
        with self._lock:
            if self._unlocked:
                self._since = datetime.now(UTC)
            self._token, self._pin, self._unlocked = None, None, False
            self._keys.clear()
            self._certificates.clear()

    @contextmanager
    def _noting_problems(self) -> Iterator[None]:
        try:
            yield
        except TokenError as error:
            self._problem = error.code
            self._wants_person = self._wants_person or error.code in _REJECTIONS
            raise
        self._problem = None

    def _locked(self) -> TokenError:
        name = self.signers[0].name
        why = f", and its last PIN was refused ({self._problem})" if self._problem in _REJECTIONS else ""
        return TokenError(
            "token-locked",
            f"the token of {name} is locked{why}",
            hint=f"iki agent unlock --as {name}; or add --no-agent to use the token without the agent",
        )


class HeldKey(SignerKey):
    """A signer's key on a held token."""

    def __init__(self, key: TokenKey, pin: SignaturePIN, token: HeldToken) -> None:
        """Keep all three."""
        super().__init__(key, pin)
        self._token = token

    def sign(self, authorization: SigningAuthorization, now: datetime, message: bytes | None) -> bytes:
        """Sign as `SignerKey.sign`, while the token counts as used."""
        with self._token.using():
            return super().sign(authorization, now, message)
