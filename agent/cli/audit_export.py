"""`iki audit export`."""

import typer

from agent.audit.chain import AuditHead
from agent.cli.console import print_line, print_text
from agent.cli.options import ForceOption, OutputOption
from agent.service.exporting import export_record, list_verified
from agent.service.recording import open_audit
from agent.service.workspace import load_configuration


def command(context: typer.Context, output: OutputOption = None, force: ForceOption = False) -> None:
    """Write the whole record as JSON lines, from the log or the database, to a file that `verify` takes.

    Beside OUT its head appears, OUT.head. Without -o the lines go to standard output.
    """
    store = open_audit(load_configuration(context.obj))
    if output is None:
        # Verified before the first line is printed: what is damaged is not passed on as an export.
        store.verify()
        for line in list_verified(store):
            print_text(line.content.decode("utf-8") + "\n")
        return
    head: AuditHead = export_record(store, output, force=force)
    print_line(f"{output}: {head.sequence} records; head {head.sha256}")
