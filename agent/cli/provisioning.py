"""What the commands that change tokens share."""

from typing import Annotated

import typer

from agent.cli.console import print_warning
from agent.service.provisioning.confirmation import Confirmation, ask_on_terminal

ConfirmOption = Annotated[
    str | None,
    typer.Option("--confirm", metavar="TEXT", help="What would have to be typed; for scripts."),
]


def confirm_at_terminal(given: str | None) -> Confirmation:
    """Build the confirmation by whoever sits at this process's terminal."""
    return Confirmation(given, ask_on_terminal, print_warning)
