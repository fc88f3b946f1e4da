"""The person who runs the command."""

import contextlib
import getpass
import sys
import warnings
from collections.abc import Callable

from agent.dataclass import dataclass
from agent.service.pins.building import unavailable


def tell_on_terminal(text: str) -> None:
    """Tell the operator something while they wait, on standard error, in the form of all our notes."""
    with contextlib.suppress(OSError, ValueError):  # nobody can be told where standard error is closed
        sys.stderr.write(f"iki: note: {text}\n")
        sys.stderr.flush()


@dataclass(frozen=True, slots=True)
class Operator:
    """Who runs the operation: how to ask them for a PIN, to tell them something, and what they insist on."""

    ask: Callable[[str], str]
    """Asks for what the label says; raises TokenError where nobody can be asked."""
    final_try: bool = False
    """Log in although a wrong PIN would lock the token, or although the token rejected this PIN before."""
    tell: Callable[[str], None] = tell_on_terminal
    """Tells what the operation waits for."""


def operator_at_terminal(*, final_try: bool = False) -> Operator:
    """Build the operator who sits at this process's terminal."""
    return Operator(prompt_on_terminal, final_try)


def prompt_on_terminal(label: str) -> str:
    """Ask at the terminal, without echo.

    Raises:
        TokenError: `pin-unavailable` when there is no terminal, or nothing was entered.

    """
    if sys.stdin is None or not sys.stdin.isatty():
        raise unavailable(
            "the PIN cannot be asked for: standard input is no terminal",
            hint="run this at a terminal, or let the signer's pin name a variable, a file or a program",
        )
    with warnings.catch_warnings():
        # getpass falls back to reading with echo, and warns; a PIN on the screen is no fallback.
        warnings.simplefilter("error", getpass.GetPassWarning)
        try:
            return getpass.getpass(f"{label}: ")
        except (EOFError, OSError, getpass.GetPassWarning) as error:
            raise unavailable("the PIN could not be read from the terminal without echo") from error
