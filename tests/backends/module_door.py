"""The other way to a token: `hsm.open_module`, in a new process each time: a process loads a module once."""

import os
import pickle
import subprocess
import sys
from collections.abc import Sequence
from typing import Any, Final

import hsm
from hsm import PKCS11URI, CertificateObject, KeyDescription, RawSignature, TokenDescription
from tests.backends.backend import Place
from tests.backends.doors import Asked

_SECONDS: Final = 120.0


class ModuleDoor:
    """`hsm.open_module`: the module in the caller's own process."""

    def list_tokens(self, place: Place) -> Sequence[TokenDescription]:
        """List the tokens."""
        found: Sequence[TokenDescription] = _ask(place, "list_tokens")
        return found

    def find_tokens(self, place: Place, *uris: PKCS11URI) -> Sequence[TokenDescription]:
        """Find exactly one token by each URI."""
        found: Sequence[TokenDescription] = _ask(place, "find_tokens", *uris)
        return found

    def list_keys(self, place: Place) -> Sequence[KeyDescription]:
        """Log in and list the private keys."""
        found: Sequence[KeyDescription] = _ask_logged_in(place, "list_keys")
        return found

    def find_keys(self, place: Place, *uris: PKCS11URI) -> Sequence[KeyDescription]:
        """Log in and find exactly one private key by each URI."""
        found: Sequence[KeyDescription] = _ask_logged_in(place, "find_keys", *uris)
        return found

    def find_certificate(self, place: Place, uri: PKCS11URI) -> CertificateObject:
        """Log in and find exactly one certificate."""
        found: CertificateObject = _ask_logged_in(place, "find_certificate", uri)
        return found

    def sign(self, place: Place, uri: PKCS11URI, asked: Sequence[Asked]) -> Sequence[RawSignature]:
        """Log in, find a key, and sign with it."""
        made: Sequence[RawSignature] = _ask_logged_in(place, "sign", uri, asked)
        return made

    def sign_together(
        self, place: Place, uri: PKCS11URI, asked: Sequence[Asked], threads: int
    ) -> Sequence[RawSignature]:
        """Sign by several threads, each of which opens the token."""
        made: Sequence[RawSignature] = _ask_logged_in(place, "sign_together", uri, asked, threads)
        return made

    def sign_around_reinitialisation(
        self, place: Place, uri: PKCS11URI, asked: Asked
    ) -> Sequence[tuple[KeyDescription, RawSignature]]:
        """Find a key and sign, before and after C_Finalize and C_Initialize."""
        made: Sequence[tuple[KeyDescription, RawSignature]] = _ask_logged_in(
            place, "sign_around_reinitialisation", uri, asked
        )
        return made


def _ask_logged_in(place: Place, action: str, *arguments: object) -> Any:
    return _ask(place, action, place.token, place.pin, *arguments)


def _ask(place: Place, action: str, *arguments: object) -> Any:
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "tests.backends.module_process",
            str(place.module),
            place.profile.reserved,
            action,
        ],
        env=os.environ | dict(place.variables),
        input=pickle.dumps(arguments),
        capture_output=True,
        timeout=_SECONDS,
        check=False,
    )
    assert done.returncode == 0, f"{place.module}: {done.returncode}: {done.stderr.decode()}"
    error, result = pickle.loads(done.stdout)  # noqa: S301 - our own child's
    if error is not None:
        raise getattr(hsm, error)(result[0], result[1], hint=result[2])
    return result
