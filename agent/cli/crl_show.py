"""`iki crl show [FILE]`."""

from pathlib import Path
from typing import Annotated

import typer

from agent.cli.console import print_json, print_line
from agent.cli.crl_views import describe_crl, show_crl
from agent.cli.options import JSONOption
from agent.service.crls.authorities import load_body
from agent.service.crls.desk import open_desk
from agent.service.crls.files import MAX_CRL_FILE
from agent.service.files import read_file


def command(
    context: typer.Context,
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="A CRL, PEM or DER; default: the store.")
    ] = None,
    as_json: JSONOption = False,
) -> None:
    """Show CRLs. Those of a file are shown as they are: nobody has verified them."""
    if file is not None:
        data = read_file(file, what="CRL", limit=MAX_CRL_FILE)
        lists = [(crl, describe_crl(crl), len(crl)) for crl in load_body(data, where=str(file))]
        for crl, _, count in lists if not as_json else ():
            show_crl(crl, count)
        described = [{**text, "entries": count} for _, text, count in lists]
    else:
        with open_desk(context.obj) as desk:
            stored = desk.store.list_crls()
        for item in stored if not as_json else ():
            show_crl(item, len(item))
        if not stored and not as_json:
            print_line("The store holds no CRL.")
        described = [{**describe_crl(item), "entries": len(item)} for item in stored]
    if as_json:
        print_json(described)
