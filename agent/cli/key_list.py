"""`iki key list`."""

from typing import Annotated

import typer

from agent.cli.console import print_json, print_line, print_table
from agent.cli.options import FinalTryOption, JSONOption
from agent.service.inventory import list_keys
from agent.service.pins.terminal import operator_at_terminal
from agent.service.workspace import load_configuration


def command(
    context: typer.Context,
    signers: Annotated[
        list[str] | None,
        typer.Option("--as", metavar="NAME", help="Only the token of this signer; may be repeated."),
    ] = None,
    final_try: FinalTryOption = False,
    as_json: JSONOption = False,
) -> None:
    """List the private keys on the configured signers' tokens, with PKCS#11 URIs ready to paste."""
    operator = operator_at_terminal(final_try=final_try)
    keys = list_keys(load_configuration(context.obj), tuple(signers or ()), operator)
    if as_json:
        print_json(
            [
                {
                    "label": key.label,
                    "id": key.id.hex(),
                    "kind": str(key.kind),
                    "extractable": key.extractable,
                    "sensitive": key.sensitive,
                    "always_authenticate": key.always_authenticate,
                    "uri": str(key.uri),
                }
                for key in keys
            ]
        )
        return
    if not keys:
        print_line("No private key is on these tokens.")
        return
    rows = [
        (key.label, key.id.hex(), str(key.kind), "yes" if key.extractable else "no", str(key.uri))
        for key in keys
    ]
    print_table(("LABEL", "ID", "KIND", "EXTRACTABLE", "URI"), rows)
