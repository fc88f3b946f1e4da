"""`iki audit rotate`."""

import typer

from agent.cli.console import print_json, print_line
from agent.cli.options import JSONOption
from agent.service.recording import open_audit
from agent.service.workspace import load_configuration


def command(context: typer.Context, as_json: JSONOption = False) -> None:
    """Begin a new log file; its first line is chained to the last of the old, and `verify` reads both."""
    store = open_audit(load_configuration(context.obj))
    rotated = store.rotate()
    if as_json:
        print_json({"file": store.place, "rotated": rotated})
    else:
        print_line(f"{store.place}: now {rotated}" if rotated else f"{store.place}: nothing to rotate")
