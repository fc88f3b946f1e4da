"""A token under load: threads that sign without pause, and a record of what came of each request."""

import hashlib
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from hsm import HSMError, RawSignature, TokenKey

_STEP: Final = 0.02


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one request to sign."""

    digest: bytes
    began: float
    """`time.monotonic` of its beginning."""
    seconds: float
    signature: RawSignature | None
    error: HSMError | None


@dataclass(slots=True)
class Load:
    """The answers so far."""

    answers: list[Answer] = field(default_factory=list)
    surprises: list[BaseException] = field(default_factory=list)
    """What is no `HSMError`: there may be none."""
    _stop: threading.Event = field(default_factory=threading.Event)

    @property
    def signatures(self) -> list[Answer]:
        """The requests that were answered with a signature."""
        return [answer for answer in list(self.answers) if answer.signature is not None]

    @property
    def errors(self) -> list[HSMError]:
        """The errors that came of the others."""
        return [answer.error for answer in list(self.answers) if answer.error is not None]

    def wait_for(self, what: Callable[[], bool], seconds: float) -> bool:
        """Wait until something is so; tells whether it became so in time."""
        until = time.monotonic() + seconds
        while not what():
            if time.monotonic() > until or self.surprises:
                return False
            time.sleep(_STEP)
        return True

    def count_signatures_begun_after(self, instant: float) -> int:
        """Count the signatures whose request was made after an instant of `time.monotonic`."""
        return sum(answer.began > instant for answer in self.signatures)

    def run(self, key: TokenKey, name: str) -> None:
        """Sign one digest after another, each another one, until the load ends."""
        number = 0
        while not self._stop.is_set():
            number += 1
            digest = hashlib.sha256(f"{name} {number}".encode()).digest()
            began = time.monotonic()
            signature, error = None, None
            try:
                signature = key.sign_digest(digest, "sha256")
            except HSMError as caught:
                error = caught
                self._stop.wait(_STEP)  # as whoever is told of an error would
            except BaseException as surprise:  # noqa: BLE001 - it is asserted that there is none
                self.surprises.append(surprise)
                return
            self.answers.append(Answer(digest, began, time.monotonic() - began, signature, error))

    def stop(self) -> None:
        """Let each thread end after the request that it waits for."""
        self._stop.set()


@contextmanager
def loading(key: TokenKey, threads: int, seconds: float) -> Iterator[Load]:
    """Put a key under load for the time of a `with` block; the last answers may take `seconds` more."""
    load = Load()
    workers = [
        threading.Thread(target=load.run, args=(key, f"thread {number}"), daemon=True)
        for number in range(threads)
    ]
    for worker in workers:
        worker.start()
    try:
        yield load
    finally:
        load.stop()
        for worker in workers:
            worker.join(seconds)
    assert not any(worker.is_alive() for worker in workers), "a request hangs over its deadline"
