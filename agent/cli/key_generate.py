"""`iki key generate --as NAME`."""

from typing import Annotated

import typer

from agent.cli.console import print_json, print_line
from agent.cli.options import AsOption, FinalTryOption, JSONOption
from agent.service.pins.terminal import operator_at_terminal
from agent.service.provisioning.generation import run_key_generate
from agent.service.workspace import load_workspace


def command(
    context: typer.Context,
    signer: AsOption,
    kind: Annotated[
        str,
        typer.Option(
            "--kind", metavar="KIND", help="ec-p256, ec-p384, ec-p521, rsa-2048, rsa-3072 or rsa-4096."
        ),
    ] = "ec-p256",
    final_try: FinalTryOption = False,
    as_json: JSONOption = False,
) -> None:
    """Generate the signer's key on its token: sensitive, not extractable, for signing only."""
    workspace = load_workspace(context.obj)
    key = run_key_generate(signer, kind, workspace, operator_at_terminal(final_try=final_try))
    if as_json:
        print_json(
            {
                "label": key.label,
                "id": key.id.hex(),
                "kind": key.kind,
                "extractable": key.extractable,
                "sensitive": key.sensitive,
                "always_authenticate": key.always_authenticate,
                "uri": str(key.uri),
            }
        )
        return
    print_line(f"Key     {key.uri}")
    print_line(f"Next    iki csr --as {signer} -o {signer}.csr.pem")
