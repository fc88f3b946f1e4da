"""An instant after which nobody waits any more; it means the same in every process of the machine."""

import time
from dataclasses import dataclass

from hsm.errors import TokenUnavailable

DEADLINE_HINT = (
    "touch it if it blinks, check that the HSM is up;"
    " deadline_seconds in [module.profile] says how long to wait"
)


@dataclass(frozen=True, slots=True)
class Deadline:
    """A point on the monotonic clock."""

    at: float
    """Seconds of `time.monotonic`."""

    @classmethod
    def after(cls, seconds: float) -> "Deadline":
        """Set a deadline that many seconds from now."""
        return cls(time.monotonic() + seconds)

    @property
    def remaining(self) -> float:
        """Seconds left, 0 when it has passed."""
        return max(0.0, self.at - time.monotonic())

    def check(self) -> None:
        """Check that there is time left.

        Raises:
            TokenUnavailable: `token-deadline`.
        """
        if time.monotonic() >= self.at:
            raise deadline_passed()

    def pause(self, seconds: float) -> None:
        """Sleep, at most to the deadline.

        Raises:
            TokenUnavailable: `token-deadline`, when nothing would be left afterwards.
        """
        if seconds >= self.remaining:
            raise deadline_passed()
        time.sleep(seconds)


def deadline_passed() -> TokenUnavailable:
    """Build the error for a request whose time is over."""
    return TokenUnavailable(
        "token-deadline",
        "the token did not answer in time",
        hint=DEADLINE_HINT,
    )
