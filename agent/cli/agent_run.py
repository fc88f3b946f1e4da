"""`iki agent run`."""

from typing import Annotated

import typer

from agent.daemon.running import run_agent


def command(
    context: typer.Context,
    allow_root: Annotated[bool, typer.Option("--allow-root", help="Run although the user is root.")] = False,
) -> None:
    """Run the agent in the foreground, until SIGTERM, Ctrl-C or `iki agent stop`.

    SIGHUP reloads the configuration. With systemd, see docs/agent.md.
    """
    run_agent(context.obj, allow_root=allow_root)
