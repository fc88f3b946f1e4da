"""SHA-256 of a file's octets, computed beside the work on them."""

import hashlib
from threading import Thread
from typing import Final

_WORTH_A_THREAD: Final = 512 * 1024
"""Octets from which a thread pays; hashlib lets go of the interpreter's lock."""


class FileDigest:
    """The SHA-256 of a file; begun at once, waited for when it is asked for."""

    def __init__(self, data: bytes) -> None:
        """Begin to hash `data`, in another thread when it is long."""
        self._state = hashlib.sha256()
        self._thread: Thread | None = None
        if len(data) < _WORTH_A_THREAD:
            self._state.update(data)
        else:
            self._thread = Thread(target=self._state.update, args=(data,), daemon=True)
            self._thread.start()

    @property
    def hex(self) -> str:
        """The digest in lower-case hexadecimal."""
        if self._thread is not None:
            self._thread.join()
        return self._state.hexdigest()
