"""The way back to a working token, rung by rung: the cheapest that may help first, each proved by the key.

    find the key again → new sessions and login → re-initialise the module → a new worker process

A rung has held when every key was found again and is the same key (its public key is compared). One
caller climbs; the others, who failed meanwhile, find the work done.
"""

import threading
from dataclasses import dataclass

from hsm.errors import HSMError, PINLocked, PINRejected, Recovery, TokenNotFound, TokenUnavailable
from hsm.uri import PKCS11URI
from hsm.values import KeyDescription, TokenDescription
from hsm.worker.breaker import Breaker
from hsm.worker.deadline import Deadline
from hsm.worker.login import Login
from hsm.worker.protocol import Kind, pack_call, to_key, to_token, unpack
from hsm.worker.transports import Transport, ask

_TRIES = 3
"""How often a token is looked for at first: SoftHSM's start-up race passes within milliseconds."""
_FIRST_PAUSE = 0.05
_FINAL = frozenset(("login-outcome-unknown", "pin-pad-again"))
"""No higher rung changes these."""


@dataclass(slots=True)
class _KnownKey:
    uri: PKCS11URI
    public_key: bytes | None = None


class Ladder:
    """What has to be true of a server, and how to make it true again."""

    def __init__(self, transport: Transport, breaker: Breaker) -> None:
        """Nothing is open yet."""
        self._transport = transport
        self._breaker = breaker
        self._lock = threading.RLock()
        self._token: PKCS11URI | None = None
        self._login: Login | None = None
        self._keys: list[_KnownKey] = []
        self.generation = 0
        """How often the ladder was climbed; a caller whose request is older need not climb again."""
        self._floor = Recovery.FIND_KEY
        self._blamed = -1

    def open(self, uri: PKCS11URI, deadline: Deadline) -> TokenDescription:
        """Find exactly one token, and trust only that one, by its serial number, from then on.

        Raises:
            HSMError: as `Module.find_token`, after a bounded number of tries.
        """
        with self._lock:
            pause = _FIRST_PAUSE
            for attempt in range(1, _TRIES + 1):
                try:
                    description = self._open(uri, deadline)
                except HSMError as error:
                    if attempt == _TRIES or not _may_be_race(error):
                        raise
                    deadline.pause(pause)
                    pause *= 2
                    self._restart(error, deadline)
                else:
                    self._token, self._login, self._keys = description.uri, None, []
                    return description
        raise AssertionError  # the loop returns or raises

    def log_in(self, login: Login, deadline: Deadline) -> None:
        """Log in; an answer that says nothing about the PIN leads to a climb.

        Raises:
            HSMError: as `Login.send`.
        """
        with self._lock:
            if self._login is not None:  # a token that is logged in to would not look at this PIN
                self._call("renew", deadline)
            self._login = login
            try:
                login.send(self._transport, deadline)
                self._find_all(deadline)
            except HSMError as error:
                if error.recovery < Recovery.FIND_KEY:
                    raise
                self.climb(error, self.generation, deadline)

    def find(self, uri: PKCS11URI, deadline: Deadline) -> tuple[int, KeyDescription]:
        """Find a key and give it a number, the one that it has if it was found before.

        Raises:
            HSMError: as `Token.find_key`.
        """
        with self._lock:
            number = next((place for place, key in enumerate(self._keys) if key.uri == uri), len(self._keys))
            known = self._keys[number] if number < len(self._keys) else _KnownKey(uri)
            description = self._find(number, known, deadline)
            known.public_key = description.public_key
            if number == len(self._keys):
                self._keys.append(known)
            return number, description

    def climb(self, error: HSMError, seen: int, deadline: Deadline) -> None:
        """Climb from the rung that `error` calls for, unless somebody did since generation `seen`.

        Raises:
            HSMError: why the last rung did not hold; what concerns the PIN ends the climb at once.
        """
        with self._lock:
            if seen != self.generation:
                return
            if self._breaker.is_open:
                raise error
            last = error
            lowest = min(max(error.recovery, self._floor), self._transport.highest)
            for rung in range(lowest, self._transport.highest + 1):
                try:
                    self._step(Recovery(rung), deadline)
                except (PINRejected, PINLocked) as refused:
                    raise refused from error
                except HSMError as failed:
                    last = failed
                    if failed.code in _FINAL or not deadline.remaining:
                        break
                else:
                    self.generation += 1
                    # Until a signature proves that this was enough, the next climb starts above it.
                    self._floor = Recovery(min(rung + 1, Recovery.REPLACE))
                    return
            self._breaker.failed()
            raise last

    def approve(self) -> None:
        """Note that a good signature came: the next loss is a new one."""
        self._floor = Recovery.FIND_KEY
        self._breaker.succeeded()

    def blame(self, seen: int) -> None:
        """Note that a climb did not help a request sent at generation `seen`; one climb counts once."""
        with self._lock:
            if seen == self.generation and seen != self._blamed:
                self._blamed = seen
                self._breaker.failed()

    @property
    def login(self) -> Login | None:
        """The login, when there is one."""
        return self._login

    def _step(self, rung: Recovery, deadline: Deadline) -> None:
        deadline.check()
        if rung is Recovery.LOGIN:
            self._call("renew", deadline)
        elif rung is Recovery.REINITIALISE:
            self._call("reinitialise", deadline)
        elif rung is Recovery.REPLACE:
            deadline.pause(self._breaker.next_back_off())
            self._transport.replace()
        if rung >= Recovery.REINITIALISE and self._token is not None:
            self._open_again(self._token, deadline)
        if rung >= Recovery.LOGIN and self._login is not None:
            self._login.send(self._transport, deadline)
        self._find_all(deadline)

    def _find_all(self, deadline: Deadline) -> None:
        for number, known in enumerate(self._keys):
            self._find(number, known, deadline)

    def _restart(self, error: HSMError, deadline: Deadline) -> None:
        if error.recovery is Recovery.REPLACE:
            self._transport.replace()
        else:
            self._call("reinitialise", deadline)

    def _open_again(self, uri: PKCS11URI, deadline: Deadline) -> None:
        """Open the token that was there before: that it is not there now is no wrong configuration.

        The client module of an HSM that is down initialises all the same, and shows no slot.
        """
        try:
            self._open(uri, deadline)
        except TokenNotFound as error:
            raise TokenUnavailable(
                "token-removed", error.message, hint=error.hint, recovery=Recovery.REINITIALISE
            ) from error

    def _open(self, uri: PKCS11URI, deadline: Deadline) -> TokenDescription:
        return to_token(unpack(self._call("open", deadline, uri=str(uri))))

    def _find(self, number: int, known: _KnownKey, deadline: Deadline) -> KeyDescription:
        public_key = known.public_key.hex() if known.public_key else None
        found = self._call("find", deadline, uri=str(known.uri), number=number, public_key=public_key)
        return to_key(unpack(found))

    def _call(self, name: str, deadline: Deadline, **arguments: object) -> bytes:
        return ask(self._transport, Kind.CALL, pack_call(name, arguments), deadline)


def _may_be_race(error: HSMError) -> bool:
    return error.code == "token-not-found" or error.recovery >= Recovery.REINITIALISE
