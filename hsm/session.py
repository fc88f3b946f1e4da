"""One session with one token: a lock around everything, and searches that run to their end."""

import threading
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from pkcs11 import Attribute, Mechanism, ObjectClass, PKCS11Error
from pkcs11 import types as binding
from pkcs11.attributes import AttributeMapper, handle_ulong

from hsm.cryptoki import Cryptoki
from hsm.errors import TokenUnavailable
from hsm.mechanisms import SigningOperation
from hsm.secret import Credential
from hsm.translation import translating


def build_attribute_mapper() -> AttributeMapper:
    """Build a mapper that survives vendors: unknown key and certificate types, labels in Latin-1."""
    mapper = AttributeMapper()
    mapper.register_handler(Attribute.KEY_TYPE, *handle_ulong)
    mapper.register_handler(Attribute.CERTIFICATE_TYPE, *handle_ulong)
    mapper.register_handler(Attribute.LABEL, str.encode, lambda octets: octets.decode(errors="replace"))
    return mapper


class TokenSession:
    """A session with its login, used by one thread at a time (two in one session corrupt it)."""

    def __init__(self, token: binding.Token, cryptoki: Cryptoki, name: str, *, writable: bool) -> None:
        """Open a session without a login; `name` is how messages call the token.

        Raises:
            TokenUnavailable: the token is gone or has no session left.
            ProvisioningRefused: `token-read-only`.
        """
        self._slot = token.slot
        self._cryptoki = cryptoki
        self._name = name
        self._mechanisms: frozenset[Mechanism | int] | None = None
        self._lock = threading.RLock()
        self._credential: Credential | None = None
        self._closed = False
        self.writable = writable
        with translating(f"new session on {name}"):
            self._session = token.open(rw=writable, attribute_mapper=build_attribute_mapper())
            self._handle = int(self._session.handle)  # type: ignore[attr-defined]  # not in the binding's stubs

    @property
    def logged_in(self) -> bool:
        """Tell whether this session was given a PIN that the token took."""
        return self._credential is not None

    def login(self, credential: Credential) -> None:
        """Log in, sending the PIN once, or having it entered at the token.

        The login is shared by all sessions of this process.
        A token where this process is logged in already does not look at the PIN again.

        Raises:
            PINRejected, PINLocked, PINRequired, TokenUnavailable: as the token answers.
        """
        with self.using("login"):
            self._cryptoki.login(self._handle, credential)
        self._credential = credential

    def close(self, *, logout: bool) -> None:
        """End the session, and the login when this was the last one that needs it; never raises.

        A token that is gone has neither session nor login left to end.
        """
        with self._lock:
            self._closed = True
            if logout:
                with suppress(PKCS11Error):
                    self._cryptoki.logout(self._handle)
            with suppress(PKCS11Error):
                self._session.close()

    @contextmanager
    def using(self, operation: str, **translation: Any) -> Iterator[binding.Session]:
        """Lend the binding's session to one operation; its errors leave translated.

        Raises:
            TokenUnavailable: `token-closed`, when the session is over.
            HSMError: what the token answered.
        """
        with self._lock:
            self._check_open(operation)
            with translating(f"{operation} on {self._name}", **translation):
                yield self._session

    @property
    def credential(self) -> Credential | None:
        """What this session logged in with; always-authenticate keys want it for each signature."""
        return self._credential

    def list_mechanisms(self) -> Collection[Mechanism | int]:
        """Ask the token for its mechanism list, once a session.

        Raises:
            HSMError: what the token answered.
        """
        if self._mechanisms is None:
            with self.using("mechanism list"):
                self._mechanisms = frozenset(self._slot.get_mechanisms())
        return self._mechanisms

    def list_objects(
        self, object_class: ObjectClass, attributes: Sequence[Attribute]
    ) -> list[tuple[binding.Object, dict[Any, Any]]]:
        """Search to the end, then read each object once; attributes an object has not are left out.

        A search that is not exhausted would block the session for every other operation.

        Raises:
            HSMError: what the token answered.
        """
        with self.using("object search") as session:
            found = list(session.get_objects({Attribute.CLASS: object_class}))
            return [(each, dict(each.get_attributes(list(attributes)))) for each in found]

    def sign(
        self, key: Any, operation: SigningOperation, credential: Credential | None, **translation: Any
    ) -> bytes:
        """Sign once; `credential` is for the context-specific login that an always-authenticate key wants.

        Raises:
            HSMError: what the token answered.
        """
        mechanism = self.place_mechanism(operation)
        return self.sign_octets(
            mechanism, key.handle, operation.data, operation.result_octets, credential, **translation
        )

    def place_mechanism(self, operation: SigningOperation) -> int:
        """Place the mechanism of an operation where the module can read it, in all sessions and for good."""
        return self._cryptoki.place_mechanism(operation.mechanism, operation.parameter)

    def sign_octets(
        self,
        mechanism: int,
        key: int,
        data: bytes,
        octets: int,
        credential: Credential | None,
        **translation: Any,
    ) -> bytes:
        """Sign once, by the address of a mechanism and the handle of a key.

        Raises:
            HSMError: what the token answered.
        """
        with self._lock:
            self._check_open("signature")
            try:
                return self._cryptoki.sign(self._handle, mechanism, key, data, octets, credential)
            except PKCS11Error:  # translated here alone, because signatures are many
                with translating(f"signature on {self._name}", **translation):
                    raise

    def _check_open(self, operation: str) -> None:
        if self._closed:
            raise TokenUnavailable(
                "token-closed",
                f"{operation} on {self._name}: the session is closed",
                hint="open the token again",
            )
