"""Tokens made with `hsm` itself, for backends that let it: keys of every kind, and their certificates.

In a process of its own, because modules read their configuration once.
"""

import os
import pickle
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from hsm import PIN, PKCS11URI, KeyKind, Module, TokenDescription, initialise_token, open_module
from tests.backends.backend import Certify, PlacedKey

_SECONDS: Final = 120.0


def make_token(
    module: Path, variables: Mapping[str, str], *, label: str, so_pin: str, pin: str
) -> TokenDescription:
    """Initialise the first empty slot's token and set its user PIN."""
    made: TokenDescription = _run(module, variables, "initialise", label, so_pin, pin)
    return made


def furnish(
    module: Path,
    variables: Mapping[str, str],
    token: PKCS11URI,
    pin: str,
    *,
    kinds: Sequence[str],
    certify: Certify,
    reserved: str = "",
) -> tuple[PlacedKey, ...]:
    """Generate a key of each kind and write its certificate beside it."""
    found: list[tuple[PKCS11URI, bytes]] = _run(
        module, variables, "generate", token, pin, tuple(kinds), reserved=reserved
    )
    certificates = {uri: certify(key) for uri, key in found}
    import_certificates(module, variables, token, pin, certificates, reserved=reserved)
    return tuple(
        PlacedKey(kind, uri, public_key) for kind, (uri, public_key) in zip(kinds, found, strict=True)
    )


def import_certificates(
    module: Path,
    variables: Mapping[str, str],
    token: PKCS11URI,
    pin: str,
    certificates: Mapping[PKCS11URI, bytes],
    *,
    reserved: str = "",
) -> None:
    """Write certificates, DER, beside the keys that their URIs name."""
    _run(module, variables, "import", token, pin, certificates, reserved=reserved)


def _run(module: Path, variables: Mapping[str, str], *request: object, reserved: str = "") -> Any:
    done = subprocess.run(
        [sys.executable, "-m", "tests.backends.provisioning", str(module), reserved],
        env=os.environ | dict(variables),
        input=pickle.dumps(request),
        capture_output=True,
        timeout=_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    return pickle.loads(done.stdout)  # noqa: S301 - our own child's


def _initialise(module: Module, label: str, so_pin: str, pin: str) -> TokenDescription:
    return initialise_token(module, label=label, so_pin=PIN(so_pin), user_pin=PIN(pin))


def _generate(
    module: Module, token: PKCS11URI, pin: str, kinds: Sequence[str]
) -> list[tuple[PKCS11URI, bytes]]:
    made = []
    with module.open_token(token, PIN(pin), writable=True) as opened:
        for number, kind in enumerate(kinds, start=1):
            key = opened.generate_key(KeyKind(kind), label=f"key {kind}", key_id=bytes([number]))
            assert key.public_key is not None
            made.append((PKCS11URI(object=f"key {kind}", id=bytes([number])), key.public_key))
    return made


def _import(module: Module, token: PKCS11URI, pin: str, certificates: Mapping[PKCS11URI, bytes]) -> None:
    with module.open_token(token, PIN(pin), writable=True) as opened:
        for uri, der in certificates.items():
            assert uri.object is not None
            assert uri.id is not None
            opened.import_certificate(der, label=uri.object, key_id=uri.id)


_ACTIONS: Final[Mapping[str, Callable[..., Any]]] = {
    "initialise": _initialise,
    "generate": _generate,
    "import": _import,
}


if __name__ == "__main__":
    action, *arguments = pickle.load(sys.stdin.buffer)  # noqa: S301 - our own parent's
    result = _ACTIONS[action](open_module(Path(sys.argv[1]), reserved=sys.argv[2]), *arguments)
    sys.stdout.buffer.write(pickle.dumps(result))
