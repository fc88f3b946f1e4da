"""A PIN that came with a request, and does not outlast it."""

from types import TracebackType
from typing import Self

from agent.service.pins.building import LONGEST_PIN, unavailable
from hsm import forbid_core_dumps


def expect_pins() -> None:
    """Keep the memory of this process, which PINs will come into, out of core files."""
    forbid_core_dumps()


class GivenPIN:
    """A PIN that somebody entered beforehand; leaving its `with` block overwrites it."""

    def __init__(self, content: bytearray) -> None:
        """Take over the octets, which may be none."""
        self._content = content

    def __enter__(self) -> Self:
        """Return it."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Overwrite the octets."""
        self._content[:] = bytes(len(self._content))
        self._content.clear()

    def ask(self, label: str) -> str:
        """Answer as an operator does who is asked for the PIN that `label` says.

        Raises:
            TokenError: `pin-unavailable` when none was entered, or what was is longer than a PIN.

        """
        if not self._content:
            raise unavailable(f"no {label} was entered", hint="enter it in the page")
        if len(self._content) > LONGEST_PIN:
            raise unavailable(f"the {label} is longer than {LONGEST_PIN} bytes", hint="enter the PIN alone")
        return self._content.decode("utf-8", errors="surrogateescape")
