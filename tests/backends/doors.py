"""What a program may do with a token, and the first way to it: a client of a worker process."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Protocol

from hsm import (
    PIN,
    PKCS11URI,
    CertificateObject,
    HashName,
    KeyDescription,
    RawSignature,
    TokenClient,
    TokenDescription,
    open_client,
)
from tests.backends.backend import Place


@dataclass(frozen=True, slots=True)
class Asked:
    """A digest to sign."""

    digest: bytes
    hash_name: HashName = "sha256"
    pss_salt: int | None = None


class Door(Protocol):
    """What a program may do with a token; errors are `HSMError`s. Each call begins anew."""

    def list_tokens(self, place: Place) -> Sequence[TokenDescription]:
        """List the tokens."""

    def find_tokens(self, place: Place, *uris: PKCS11URI) -> Sequence[TokenDescription]:
        """Find exactly one token by each URI."""

    def list_keys(self, place: Place) -> Sequence[KeyDescription]:
        """Log in and list the private keys."""

    def find_keys(self, place: Place, *uris: PKCS11URI) -> Sequence[KeyDescription]:
        """Log in and find exactly one private key by each URI."""

    def find_certificate(self, place: Place, uri: PKCS11URI) -> CertificateObject:
        """Log in and find exactly one certificate."""

    def sign(self, place: Place, uri: PKCS11URI, asked: Sequence[Asked]) -> Sequence[RawSignature]:
        """Log in, find a key, and sign with it."""

    def sign_together(
        self, place: Place, uri: PKCS11URI, asked: Sequence[Asked], threads: int
    ) -> Sequence[RawSignature]:
        """Sign by several threads, each with a session of its own."""


class WorkerDoor:
    """`hsm.open_client`: the token in a worker process."""

    def list_tokens(self, place: Place) -> Sequence[TokenDescription]:
        """List the tokens."""
        with open_client(place.module, place.variables, place.profile) as client:
            return client.list_tokens()

    def find_tokens(self, place: Place, *uris: PKCS11URI) -> Sequence[TokenDescription]:
        """Find exactly one token by each URI."""
        with open_client(place.module, place.variables, place.profile) as client:
            return [client.open(uri) for uri in uris]

    def list_keys(self, place: Place) -> Sequence[KeyDescription]:
        """Log in and list the private keys."""
        with open_place(place) as client:
            return client.list_keys()

    def find_keys(self, place: Place, *uris: PKCS11URI) -> Sequence[KeyDescription]:
        """Log in and find exactly one private key by each URI."""
        with open_place(place) as client:
            return [client.find_key(uri).description for uri in uris]

    def find_certificate(self, place: Place, uri: PKCS11URI) -> CertificateObject:
        """Log in and find exactly one certificate."""
        with open_place(place) as client:
            return client.find_certificate(uri)

    def sign(self, place: Place, uri: PKCS11URI, asked: Sequence[Asked]) -> Sequence[RawSignature]:
        """Log in, find a key, and sign with it."""
        with open_place(place) as client:
            key = client.find_key(uri)
            return [key.sign_digest(each.digest, each.hash_name, pss_salt=each.pss_salt) for each in asked]

    def sign_together(
        self, place: Place, uri: PKCS11URI, asked: Sequence[Asked], threads: int
    ) -> Sequence[RawSignature]:
        """Sign by several threads; the client's pool gives each a session."""
        profile = replace(place.profile, sessions=threads)
        with open_place(replace(place, profile=profile)) as client, ThreadPoolExecutor(threads) as pool:
            key = client.find_key(uri)
            return list(pool.map(lambda each: key.sign_digest(each.digest, each.hash_name), asked))


@contextmanager
def open_place(place: Place) -> Iterator[TokenClient]:
    """Start a worker for a token and log in."""
    with open_client(place.module, place.variables, place.profile) as client:
        client.open(place.token)
        client.log_in(PIN(place.pin))
        yield client
