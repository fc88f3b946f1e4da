"""`iki audit anchor --as NAME -o FILE`."""

import typer

from agent.cli.console import print_json, print_line
from agent.cli.options import AsOption, FinalTryOption, ForceOption, JSONOption, RequiredOutputOption
from agent.instants import format_instant
from agent.service.anchoring import run_anchor
from agent.service.pins.terminal import operator_at_terminal
from agent.service.workspace import load_workspace


def command(
    context: typer.Context,
    signer: AsOption,
    output: RequiredOutputOption,
    force: ForceOption = False,
    final_try: FinalTryOption = False,
    as_json: JSONOption = False,
) -> None:
    """Verify the record and sign its head with a signer's key; keep the anchor out of its writers' reach."""
    operator = operator_at_terminal(final_try=final_try)
    anchor = run_anchor(signer, output, load_workspace(context.obj), operator, force=force)
    head = anchor.statement.head
    if as_json:
        print_json(
            {
                "output": str(output),
                "sequence": head.sequence,
                "head": head.sha256,
                "time": format_instant(anchor.statement.at),
                "signer": anchor.statement.signer,
                "algorithm": anchor.algorithm.name,
            }
        )
        return
    print_line(f"Anchor {output}: {head.sequence} records, head {head.sha256}")
