"""One token as its clients see it, on the side where the module is loaded.

A client speaks in frames' payloads, whether it is in this process or at the other end of a pipe.
"""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from hsm.errors import HSMError, KeyNotFound, Recovery, SigningFailed, TokenUnavailable
from hsm.key import sign_with, wrong_length
from hsm.mechanisms import build_signing_operation
from hsm.opening import open_module
from hsm.pin_state import check_login_path, refuse_dangerous_login
from hsm.profile import ModuleProfile
from hsm.secret import Credential, ProtectedPath
from hsm.session import TokenSession
from hsm.token import Token
from hsm.uri import PKCS11URI
from hsm.values import KeyDescription, TokenDescription
from hsm.worker.deadline import Deadline, deadline_passed
from hsm.worker.plan import SigningPlan, plan_from
from hsm.worker.pool import SessionPool
from hsm.worker.protocol import (
    Kind,
    digest_of,
    pack_value,
    unpack,
    unpack_login,
    unpack_sign,
    unpack_sign_head,
)
from hsm.worker.startup import starting

_SIGN: Final = int(Kind.SIGN)  # a look into the enumeration costs more than the comparison
_PATIENCE: Final = 1.0
"""Seconds to wait for calls that are inside the module, before it is given up."""


@dataclass(frozen=True, slots=True)
class _Bound:
    """A key as it was found last; the handle is good in every session of this process."""

    key: Any
    description: KeyDescription
    plans: dict[tuple[int, int], SigningPlan] = field(default_factory=dict)
    """By hash and salt, as requests name them."""


class TokenServer:
    """A token, its sessions and its login; requests may come from several threads."""

    def __init__(self, path: Path, environment: Mapping[str, str], profile: ModuleProfile) -> None:
        """Load the module; nothing is opened yet.

        Raises:
            ModuleUnavailable: as `hsm.open_module`.
        """
        with starting(path):
            self._module = open_module(path, environment, profile.reserved)
        self._profile = profile
        self._lock = threading.RLock()
        self._description: TokenDescription | None = None
        self._pool: SessionPool | None = None
        self._logged_in = False
        self._one_by_one = threading.Lock()
        self._keys: dict[int, _Bound] = {}
        self._calls: Mapping[str, Callable[..., Any]] = {
            "tokens": self._list_tokens,
            "open": self._open,
            "keys": self._list_keys,
            "certificate": self._find_certificate,
            "find": self._find_key,
            "renew": self._renew,
            "reinitialise": self._reinitialise,
        }

    def answer(self, kind: int, payload: bytes | bytearray) -> bytes:
        """Answer one request: to sign with the signature's octets, any other with a packed value.

        The PIN that came with it is used and not kept.

        Raises:
            HSMError: what the token answered.
        """
        if kind == _SIGN:
            return self._sign(payload)
        if kind == Kind.LOGIN_AND_SIGN:
            return self._sign_after_login(payload)
        with self._lock:
            if kind == Kind.LOGIN:
                credential, final_try, _ = unpack_login(payload)
                self._login(credential, final_try)
                return pack_value(None)
            name, arguments = unpack(payload)
            return pack_value(self._calls[name](**arguments))

    def close(self) -> None:
        """Log out and close every session, unless a call is still inside the module; never raises."""
        try:
            self._drain()
        except HSMError:
            return

    def _sign_after_login(self, payload: bytes | bytearray) -> bytes:
        """Sign with a key that wants a login each time: one after the other, there is one person at a pad."""
        credential, final_try, request = unpack_login(payload)
        with self._one_by_one:
            self._check_login(credential, final_try)
            return self._sign(request, credential)

    def _sign(self, payload: bytes | bytearray, credential: Credential | None = None) -> bytes:
        number, at, hash_number, salt = unpack_sign_head(payload)
        if time.monotonic() >= at:
            raise deadline_passed()
        bound, pool = self._keys.get(number), self._pool
        if bound is None or pool is None:
            raise _not_open()
        session = pool.take_idle() or pool.take(Deadline(at))
        try:
            plan = bound.plans.get((hash_number, salt)) if credential is None else None
            digest = None if plan is None else digest_of(payload, plan.digest_octets)
            if plan is None or digest is None:
                value = self._sign_first(session, bound, payload, credential)
            else:
                value = _sign_as_planned(session, plan, digest)
        except BaseException:
            pool.discard(session)
            raise
        pool.give_back(session)
        return value

    def _sign_first(
        self,
        session: TokenSession,
        bound: _Bound,
        payload: bytes | bytearray,
        credential: Credential | None,
    ) -> bytes:
        """Sign, and keep what the next signature over such a digest will have in common with this one."""
        _, _, hash_number, salt = unpack_sign_head(payload)
        _, _, asked = unpack_sign(payload)
        operation = build_signing_operation(bound.description.kind, asked, session.list_mechanisms())
        value = sign_with(session, bound.key, bound.description, operation, credential).value
        if not bound.description.always_authenticate:
            mechanism = session.place_mechanism(operation)
            plan = plan_from(operation, int(bound.key.handle), mechanism, len(asked.octets))
            if plan is not None:
                bound.plans[hash_number, salt] = plan
        return value

    def _list_tokens(self) -> Any:
        return self._module.list_tokens()

    def _open(self, uri: str) -> Any:
        """Find the token; sessions are opened when they are needed."""
        self._drain()
        with starting(self._module.path):
            _, description = self._module.find_slot(PKCS11URI.parse(uri))
        self._description = description
        self._pool = SessionPool(self._open_session, self._profile.width)
        return description

    def _open_session(self) -> TokenSession:
        if self._description is None:
            raise _not_open()
        return self._module.open_session(self._description)

    def _login(self, credential: Credential, final_try: bool) -> None:
        """Log in once; others wait while the module is started, but not for a person at a PIN pad."""
        with starting(self._module.path):
            self._check_login(credential, final_try)
            if not isinstance(credential, ProtectedPath):
                self._log_in(credential)
        if isinstance(credential, ProtectedPath):
            self._log_in(credential)

    def _log_in(self, credential: Credential) -> None:
        if self._pool is None:
            raise _not_open()
        with self._pool.borrow(self._deadline()) as session:
            session.login(credential)
        self._logged_in = True

    def _check_login(self, credential: Credential, final_try: bool) -> None:
        """Look at the flags of the token anew, because others may have entered wrong PINs."""
        if self._description is None:
            raise _not_open()
        _, now = self._module.find_again(self._description)
        refuse_dangerous_login(now, final_try=final_try)
        check_login_path(now, at_pad=isinstance(credential, ProtectedPath))

    def _list_keys(self) -> Any:
        return self._with_token(lambda token: token.list_keys())

    def _find_certificate(self, uri: str) -> Any:
        return self._with_token(lambda token: token.find_certificate(PKCS11URI.parse(uri)))

    def _find_key(self, uri: str, number: int, public_key: str | None) -> Any:
        """Find a key under the number its client gave it; one found before must be the same key still."""
        key, description = self._with_token(lambda token: token.find_bound_key(PKCS11URI.parse(uri)))
        if public_key is not None and description.public_key != bytes.fromhex(public_key):
            raise KeyNotFound(
                "key-changed",
                f"{description.uri} names another key than before; nothing was signed with it",
                hint="was the token exchanged? start again if that was meant",
            )
        self._keys[number] = _Bound(key, description)
        return description

    def _renew(self) -> None:
        """Let go of every session; the login ends with them."""
        self._drain()

    def _reinitialise(self) -> None:
        """C_Finalize and C_Initialize; impossible while a call is inside the module, which would crash it."""
        self._drain()
        with starting(self._module.path):
            self._module.reinitialise()

    def _drain(self) -> None:
        """End all sessions and the login; a new pool is there afterwards, if a token was open."""
        self._keys.clear()
        self._logged_in = False
        if self._pool is not None:
            self._pool.close(Deadline.after(min(self._profile.deadline, _PATIENCE)))
            self._pool = SessionPool(self._open_session, self._profile.width)

    def _with_token(self, ask: Callable[[Token], Any]) -> Any:
        if self._description is None or self._pool is None:
            raise _not_open()
        with self._pool.borrow(self._deadline()) as session:
            return ask(Token(self._description, session, logged_in=self._logged_in))

    def _deadline(self) -> Deadline:
        return Deadline.after(self._profile.deadline)


def _sign_as_planned(session: TokenSession, plan: SigningPlan, digest: bytes | bytearray) -> bytes:
    data = plan.prefix + digest[: plan.cut]
    octets = plan.result_octets
    value = session.sign_octets(
        plan.mechanism, plan.key, data, octets, None, otherwise=SigningFailed, code="signing-failed"
    )
    if len(value) != octets:
        raise wrong_length(value, octets)
    return value


def _not_open() -> TokenUnavailable:
    return TokenUnavailable(
        "session-lost", "the token is not open", hint="try again", recovery=Recovery.REINITIALISE
    )
