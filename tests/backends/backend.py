"""What the contract tests have to know of a backend: how to get a token of it, and what it can do.

A backend that is absent skips by `tests.support.tools.absent(self.name, reason)` inside of `place`, which
fails the test instead when `IKI_REQUIRE` names it. One that is there and does not start raises.
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

from hsm import PKCS11URI, ModuleProfile

Certify = Callable[[bytes], bytes]
"""Issues a signer's certificate: DER SubjectPublicKeyInfo in, DER certificate out."""

TOKEN_PIN: Final = "648219"
"""The user PIN of tokens that let one choose it: six digits, which a PIV card wants."""


@dataclass(frozen=True, slots=True)
class PlacedKey:
    """A key pair on a token."""

    kind: str
    """A value of `hsm.KeyKind`."""
    uri: PKCS11URI
    """Label, id or both: names exactly this private key, and its certificate."""
    public_key: bytes
    """DER SubjectPublicKeyInfo, as it was known when the key was made."""
    always_authenticate: bool = False
    """It wants the PIN for each signature."""


@dataclass(frozen=True, slots=True)
class Lacking:
    """A request that the token has no mechanism for."""

    key: PlacedKey
    mechanism: str
    """The name that the refusal has to say, such as `CKM_ECDSA`."""
    pss_salt: int | None = None
    """Octets of salt, when it is RSASSA-PSS that is asked for."""
    variables: Mapping[str, str] | None = None
    """The module's environment, when it lacks the mechanism only in another one."""


@dataclass(frozen=True, slots=True)
class Outage:
    """Something that happens to a token while it is used."""

    begin: Callable[[], object]
    end: Callable[[], object]
    """Puts all right again: the token has to be usable afterwards, with the same keys."""
    silent: bool = False
    """Calls hang, instead of failing."""
    lasting: bool = True
    """Nothing works before its end; otherwise `begin` has put all right again."""


@dataclass(frozen=True, slots=True)
class Place:
    """A token that is ready: a PIN is set, a key pair of every kind is on it, with a certificate each."""

    module: Path
    variables: Mapping[str, str]
    """The environment that the module must find."""
    token: PKCS11URI
    """Names exactly this token."""
    pin: str
    keys: tuple[PlacedKey, ...]
    profile: ModuleProfile = field(default_factory=ModuleProfile)
    """How the module wants to be used."""
    lacking: Lacking | None = None
    """Something that this token cannot do, when there is such a thing."""
    outages: Mapping[str, Outage] = field(default_factory=dict)
    """By the names in `Backend.outages`."""
    patience: float = 8.0
    """Seconds that a request has in an outage: enough for a start and a login, on a busy machine too."""

    def key(self, kind: str) -> PlacedKey:
        """Find the key of a kind that asks for no PIN of its own."""
        return next(key for key in self.keys if key.kind == kind and not key.always_authenticate)


class Backend(Protocol):
    """A PKCS#11 module of the real world, and all that it needs to have a token."""

    name: str
    """What `IKI_REQUIRE` calls it."""
    everyday: bool
    """Quick enough for `make test`; the others are for `make backends`."""
    kinds: tuple[str, ...]
    """The kinds of its keys; commands sign with the first."""
    pss: bool
    """Its RSA keys sign by RSASSA-PSS."""
    locks_after: int | None
    """Wrong PINs in a row that lock the user PIN; None when it never locks."""
    always_authenticates: bool
    """One of its keys wants the PIN for each signature."""
    outages: tuple[str, ...]
    """Names of what may happen to it, such as `killed`, `stopped`, `pulled`."""

    def place(self, folder: Path, certify: Certify) -> AbstractContextManager[Place]:
        """Start what it needs and make a token; its end stops all of it.

        Every call makes another token, which nobody else uses; `folder` is empty and its own.
        """
