"""A token that keeps failing is left alone for a while, so that nobody hammers it and callers fail fast."""

import threading
import time
from typing import Final

from hsm.errors import TokenUnavailable

_FAILURES: Final = 3
"""Recoveries in a row that led to nothing, after which the token is left alone."""
_FIRST_PAUSE: Final = 1.0
_LONGEST_PAUSE: Final = 30.0
_FIRST_BACK_OFF: Final = 0.02
_LONGEST_BACK_OFF: Final = 2.0


class Breaker:
    """Counts what did not help; a signature that was released sets it back."""

    def __init__(self) -> None:
        """Begin with a token that is believed to work."""
        self._lock = threading.Lock()
        self._failures = 0
        self._starts = 0
        self._closed_until = 0.0

    def check(self) -> None:
        """Check that the token may be asked.

        Raises:
            TokenUnavailable: `token-suspended`.
        """
        left = self._closed_until - time.monotonic()
        if left > 0:
            raise TokenUnavailable(
                "token-suspended",
                f"the token failed {self._failures} times in a row and is left alone for {left:.0f} s more",
                hint="check that it is plugged in and the HSM is up; it is tried again by itself",
            )

    @property
    def is_open(self) -> bool:
        """Whether the token is left alone now."""
        return time.monotonic() < self._closed_until

    def succeeded(self) -> None:
        """Note that the token works."""
        if self._failures or self._starts:
            with self._lock:
                self._failures = self._starts = 0

    def failed(self) -> None:
        """Note that the last rung of the ladder did not help either."""
        with self._lock:
            self._failures += 1
            if self._failures >= _FAILURES:
                pause = _FIRST_PAUSE * 2 ** (self._failures - _FAILURES)
                self._closed_until = time.monotonic() + min(pause, _LONGEST_PAUSE)

    def next_back_off(self) -> float:
        """Seconds to wait before the token is started once more; none for the first time."""
        with self._lock:
            self._starts += 1
            return 0.0 if self._starts == 1 else min(_FIRST_BACK_OFF * 2**self._starts, _LONGEST_BACK_OFF)
