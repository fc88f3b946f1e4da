"""What the process of `ModuleDoor` does: `python -m tests.backends.module_process MODULE RESERVED ACTION`."""

import pickle
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

from hsm import (
    PIN,
    PKCS11URI,
    CertificateObject,
    HSMError,
    KeyDescription,
    Module,
    RawSignature,
    TokenDescription,
    open_module,
)
from tests.backends.doors import Asked

_SECONDS: Final = 60.0


def _list_tokens(module: Module) -> Sequence[TokenDescription]:
    return module.list_tokens()


def _find_tokens(module: Module, *uris: PKCS11URI) -> Sequence[TokenDescription]:
    return [module.find_token(uri) for uri in uris]


def _list_keys(module: Module, token: PKCS11URI, pin: str) -> Sequence[KeyDescription]:
    with module.open_token(token, PIN(pin)) as opened:
        return opened.list_keys()


def _find_keys(module: Module, token: PKCS11URI, pin: str, *uris: PKCS11URI) -> Sequence[KeyDescription]:
    with module.open_token(token, PIN(pin)) as opened:
        return [opened.find_key(uri).description for uri in uris]


def _find_certificate(module: Module, token: PKCS11URI, pin: str, uri: PKCS11URI) -> CertificateObject:
    with module.open_token(token, PIN(pin)) as opened:
        return opened.find_certificate(uri)


def _sign(
    module: Module, token: PKCS11URI, pin: str, uri: PKCS11URI, asked: Sequence[Asked]
) -> Sequence[RawSignature]:
    with module.open_token(token, PIN(pin)) as opened:
        key = opened.find_key(uri)
        return [key.sign_digest(each.digest, each.hash_name, pss_salt=each.pss_salt) for each in asked]


def _sign_together(
    module: Module, token: PKCS11URI, pin: str, uri: PKCS11URI, asked: Sequence[Asked], threads: int
) -> Sequence[RawSignature]:
    together = threading.Barrier(threads)
    made: dict[int, RawSignature] = {}

    def work(number: int) -> None:
        with module.open_token(token, PIN(pin)) as opened:
            key = opened.find_key(uri)
            together.wait(_SECONDS)  # every session is open before the first signature
            for place in range(number, len(asked), threads):
                made[place] = key.sign_digest(asked[place].digest, asked[place].hash_name)
            together.wait(_SECONDS)

    with ThreadPoolExecutor(threads) as pool:
        for done in [pool.submit(work, number) for number in range(threads)]:
            done.result()
    return [made[place] for place in range(len(asked))]


def _sign_around_reinitialisation(
    module: Module, token: PKCS11URI, pin: str, uri: PKCS11URI, asked: Asked
) -> Sequence[tuple[KeyDescription, RawSignature]]:
    made = []
    for _ in range(2):
        with module.open_token(token, PIN(pin)) as opened:
            key = opened.find_key(uri)
            made.append((key.description, key.sign_digest(asked.digest, asked.hash_name)))
        module.reinitialise()
    return made


_ACTIONS: Final[Mapping[str, Callable[..., Any]]] = {
    "list_tokens": _list_tokens,
    "find_tokens": _find_tokens,
    "list_keys": _list_keys,
    "find_keys": _find_keys,
    "find_certificate": _find_certificate,
    "sign": _sign,
    "sign_together": _sign_together,
    "sign_around_reinitialisation": _sign_around_reinitialisation,
}


def _answer(module: str, reserved: str, action: str, arguments: Sequence[Any]) -> tuple[str | None, Any]:
    try:
        return None, _ACTIONS[action](open_module(Path(module), reserved=reserved), *arguments)
    except HSMError as error:
        return type(error).__name__, (error.code, error.message, error.hint)


if __name__ == "__main__":
    given = pickle.load(sys.stdin.buffer)  # noqa: S301 - our own parent's
    sys.stdout.buffer.write(pickle.dumps(_answer(sys.argv[1], sys.argv[2], sys.argv[3], given)))
