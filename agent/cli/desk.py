"""`iki desk`."""

from typing import Annotated

import typer

from agent.cli.console import print_flushed
from agent.desk.options import DeskOptions
from agent.desk.running import run_desk


def command(
    context: typer.Context,
    port: Annotated[
        int,
        typer.Option("--port", metavar="PORT", min=0, max=65535, help="TCP port; default: any that is free."),
    ] = 0,
    no_browser: Annotated[
        bool, typer.Option("--no-browser", help="Print the page's address, and open no browser.")
    ] = False,
    idle: Annotated[
        float,
        typer.Option("--idle", metavar="MINUTES", min=0.01, max=1440, help="End after so long without use."),
    ] = 30.0,
    allow_root: Annotated[bool, typer.Option("--allow-root", help="Run although the user is root.")] = False,
) -> None:
    """Open a page in the browser to verify many workbooks, and to sign and countersign.

    It is served on this machine alone, for whoever has the address that is printed. Ctrl-C ends it.
    """
    options = DeskOptions(port, idle * 60, open_browser=not no_browser, allow_root=allow_root)
    run_desk(context.obj, options, print_flushed)
