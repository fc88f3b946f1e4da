"""`iki audit verify`."""

import typer

from agent.audit.verification import verify_audit
from agent.cli.console import print_json, print_line
from agent.cli.options import JSONOption
from agent.service.workspace import load_workspace


def command(context: typer.Context, as_json: JSONOption = False) -> None:
    """Check that no line of the audit log was changed, removed, re-ordered or cut off."""
    path = load_workspace(context.obj).audit_path
    summary = verify_audit(path)
    if as_json:
        print_json({"file": str(path), "records": summary.count, "head": summary.head.sha256})
    else:
        print_line(f"{path}: {summary.count} records, whole; head {summary.head.sha256}")
