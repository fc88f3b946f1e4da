"""`iki token init --as NAME`."""

from pathlib import Path
from typing import Annotated

import typer

from agent.cli.console import print_json, print_line
from agent.cli.options import AsOption, JSONOption
from agent.cli.provisioning import ConfirmOption, confirm_at_terminal
from agent.config.pin_tables import parse_pin_source
from agent.service.pins.terminal import operator_at_terminal
from agent.service.provisioning.tokens import run_token_init
from agent.service.workspace import load_workspace


def command(
    context: typer.Context,
    signer: AsOption,
    slot: Annotated[
        int | None, typer.Option("--slot", metavar="ID", min=0, help="The slot of the token to initialise.")
    ] = None,
    serial: Annotated[
        str | None,
        typer.Option("--serial", metavar="SERIAL", help="The serial number of the token to initialise."),
    ] = None,
    so_pin_source: Annotated[
        str,
        typer.Option(
            "--so-pin-source",
            metavar="SOURCE",
            help="Where the security officer's PIN comes from: prompt, env:NAME, file:PATH, fd:N, "
            "credential:NAME, pinentry:PROGRAM or program:PATH.",
        ),
    ] = "prompt",
    confirm: ConfirmOption = None,
    as_json: JSONOption = False,
) -> None:
    """Initialise the signer's token and set its PINs.

    It is the only uninitialised token, or the one named. One that is initialised is wiped only after its
    serial number was typed. The user PIN comes from the signer's `pin`; a new one is typed twice.
    """
    token = run_token_init(
        signer,
        load_workspace(context.obj),
        operator_at_terminal(),
        confirm_at_terminal(confirm),
        slot_id=slot,
        serial=serial,
        so_pin=parse_pin_source(so_pin_source, folder=Path.cwd(), where="--so-pin-source"),
    )
    if as_json:
        print_json(
            {
                "label": token.label,
                "manufacturer": token.manufacturer,
                "model": token.model,
                "serial": token.serial,
                "uri": str(token.uri),
            }
        )
        return
    print_line(f"Token   {token.uri}")
    print_line(f"Next    iki key generate --as {signer}")
