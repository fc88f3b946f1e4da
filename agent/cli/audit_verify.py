"""`iki audit verify`."""

import typer

from agent.cli.console import print_json, print_line
from agent.cli.options import JSONOption
from agent.service.recording import open_audit
from agent.service.workspace import load_configuration


def command(context: typer.Context, as_json: JSONOption = False) -> None:
    """Check that no line of the audit log was changed, removed, re-ordered or cut off."""
    store = open_audit(load_configuration(context.obj))
    summary = store.verify()
    if as_json:
        print_json({"file": store.place, "records": summary.count, "head": summary.head.sha256})
    else:
        print_line(f"{store.place}: {summary.count} records, whole; head {summary.head.sha256}")
