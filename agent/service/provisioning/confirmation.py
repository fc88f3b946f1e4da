"""What cannot be undone is typed by name first."""

import sys
from collections.abc import Callable

from agent.dataclass import dataclass
from agent.errors import UsageError


@dataclass(frozen=True, slots=True)
class Confirmation:
    """The name as the command line gave it, or a way to ask for it."""

    given: str | None
    """What `--confirm` said; None when it was not there."""
    ask: Callable[[str], str]
    """Asks a question and returns the line that was typed; raises UsageError where nobody can be asked."""
    warn: Callable[[str], None]
    """Tells the person what there is to know before they type."""

    def require(self, expected: str, consequence: str) -> None:
        """Return if the person typed `expected`; `consequence` says what will happen then.

        Raises:
            UsageError: `confirmation-missing` or `confirmation-wrong`; nothing was changed.

        """
        typed = self.given
        if typed is None:
            typed = self.ask(f"{consequence}\nType {expected} to go on: ")
        if typed != expected:
            raise UsageError(
                "confirmation-wrong",
                f"{typed[:64]!r} was typed, not {expected!r}: nothing was changed",
                hint=f"type it exactly, or add --confirm {expected}",
            )


def ask_on_terminal(question: str) -> str:
    """Ask at the terminal, on standard error.

    Raises:
        UsageError: `confirmation-missing` when there is no terminal.

    """
    if sys.stdin is None or not sys.stdin.isatty():
        raise UsageError(
            "confirmation-missing",
            "this cannot be undone, and standard input is no terminal to confirm it at",
            hint="name what is to be lost with --confirm; see --help",
        )
    # A token's label comes from a stranger, and may try to steer the terminal.
    sys.stderr.write("".join(c if c.isprintable() or c == "\n" else "?" for c in question))
    sys.stderr.flush()
    return sys.stdin.readline().rstrip("\r\n")
