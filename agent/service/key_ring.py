"""One signer's key for as long as documents are signed with it: opened when it is needed, once."""

import threading
from typing import Final, Protocol, Self

from agent.config.configuration import ModuleSettings
from agent.config.signers import SignerSettings
from agent.errors import IkiError
from agent.pki.certificate import SigningCertificate
from agent.service.keys import SignerKey, TokenDoor, load_signer_certificate, open_signer_key
from agent.service.pins.terminal import Operator


class SignerKeys(Protocol):
    """One signer's certificate and key: a `KeyRing` of this process, or a token that the agent holds."""

    @property
    def signer(self) -> SignerSettings:
        """The signer."""

    @property
    def opened(self) -> SignerKey | None:
        """The key, when it was opened."""

    @property
    def certificate(self) -> SigningCertificate:
        """The signer's certificate; raises IkiError."""

    def start(self) -> None:
        """Start early what takes its time; what is wrong with it is told at its use."""

    def open(self) -> SignerKey:
        """Log in and find the key, or give the one that was found; raises IkiError."""


class KeyRing:
    """A signer's certificate and key, for several threads.

    Leaving its `with` block logs out. A login that failed is not tried again: whoever comes later gets the
    same error, and no PIN is sent twice.
    """

    def __init__(self, signer: SignerSettings, module: ModuleSettings, operator: Operator) -> None:
        """Start nothing yet."""
        self.signer: Final = signer
        self._operator: Final = operator
        self._door: Final = TokenDoor(module)
        self._lock: Final = threading.Lock()
        self._started = False
        self._certificate: SigningCertificate | None = None
        self._key: SignerKey | None = None
        self._failure: IkiError | None = None

    def __enter__(self) -> Self:
        """Return the ring."""
        return self

    def __exit__(self, *_: object) -> None:
        """Log out."""
        self.close()

    @property
    def opened(self) -> SignerKey | None:
        """The key, when it was opened."""
        return self._key

    @property
    def failure(self) -> IkiError | None:
        """Why certificate or key cannot be had; None when they can, or were not asked for."""
        return self._failure

    def start(self) -> None:
        """Start the token's worker, if it is not; what is wrong with it is told at its use."""
        with self._lock:
            if not self._started:
                self._started = True
                self._door.start()

    @property
    def certificate(self) -> SigningCertificate:
        """The signer's certificate.

        Raises:
            IkiError: as `load_signer_certificate`.

        """
        with self._lock:
            if self._failure is not None:
                raise self._failure
            if self._certificate is None:
                try:
                    self._certificate = load_signer_certificate(self.signer, self._door)
                except IkiError as error:
                    self._failure = error
                    raise
            return self._certificate

    def open(self) -> SignerKey:
        """Log in and find the key, or give the one that was found.

        Raises:
            IkiError: as `open_signer_key`.

        """
        with self._lock:
            if self._failure is not None:
                raise self._failure
            if self._key is None:
                try:
                    self._key = open_signer_key(self.signer, self._door, self._operator)
                except IkiError as error:
                    self._failure = error
                    raise
            return self._key

    def close(self) -> None:
        """Log out and end the worker."""
        self._door.__exit__()
