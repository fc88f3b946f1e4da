"""`iki key destroy --as NAME`."""

from typing import Annotated

import typer

from agent.cli.console import print_json, print_line
from agent.cli.options import AsOption, FinalTryOption, JSONOption
from agent.cli.provisioning import ConfirmOption, confirm_at_terminal
from agent.service.pins.terminal import operator_at_terminal
from agent.service.provisioning.destruction import run_key_destroy
from agent.service.workspace import load_workspace


def command(
    context: typer.Context,
    signer: AsOption,
    with_certificate: Annotated[
        bool, typer.Option("--with-certificate", help="Destroy its certificate on the token too.")
    ] = False,
    confirm: ConfirmOption = None,
    final_try: FinalTryOption = False,
    as_json: JSONOption = False,
) -> None:
    """Destroy the signer's key on its token, for ever, once its label was typed."""
    gone = run_key_destroy(
        signer,
        load_workspace(context.obj),
        operator_at_terminal(final_try=final_try),
        confirm_at_terminal(confirm),
        with_certificate=with_certificate,
    )
    if as_json:
        print_json({"destroyed": list(gone)})
        return
    for uri in gone:
        print_line(f"Gone    {uri}")
