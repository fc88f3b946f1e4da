"""The PIN for each signature of an always-authenticate key: asked for anew, or used again, as policy says.

CKA_ALWAYS_AUTHENTICATE (PKCS#11 v2.40 section 4.9) is how a key's owner demands that somebody agrees to each
signature. `pin_cache` of a signer says for how long one PIN stands for that.
"""

import threading
import time
from collections.abc import Callable

from hsm import PIN, Credential


class SignaturePIN:
    """Gives the PIN of the next signature."""

    def __init__(self, read: Callable[[], Credential], first: Credential, seconds: float) -> None:
        """Read with `read`, and use what was read, or `first`, again for so many seconds; 0 is never."""
        self._read = read
        self._seconds = seconds
        self._known: Credential | None = None
        self._until = 0.0
        self._prepared = threading.local()  # what one caller was asked for is not for another's signature
        self._keep(first)

    @property
    def is_over(self) -> bool:
        """Whether what was read stands for no further signature."""
        return self._known is None or time.monotonic() >= self._until

    def prepare(self) -> None:
        """Ask now for the PIN of the next signature, if it has to be asked for.

        Raises:
            TokenError: it cannot be had.

        """
        self._prepared.credential = self._next()

    def __call__(self) -> Credential:
        """Give the PIN, or the pad, for one signature.

        Raises:
            TokenError: it cannot be had.

        """
        prepared: Credential | None = getattr(self._prepared, "credential", None)
        self._prepared.credential = None
        return prepared or self._next()

    def _next(self) -> Credential:
        if self._known is not None and time.monotonic() < self._until:
            return self._known
        self._known = None
        fresh = self._read()
        self._keep(fresh)
        return fresh

    def _keep(self, credential: Credential) -> None:
        """Keep what may be used again; at a pad there is nothing to keep."""
        if self._seconds and isinstance(credential, PIN):
            self._known, self._until = credential, time.monotonic() + self._seconds
