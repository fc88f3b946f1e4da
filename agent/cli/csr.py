"""`iki csr --as NAME`."""

import typer

from agent.cli.console import print_line, print_text
from agent.cli.options import AsOption, FinalTryOption, ForceOption, OutputOption
from agent.cli.streams import require_output
from agent.service.pins.terminal import operator_at_terminal
from agent.service.release import PendingOutput
from agent.service.requests import run_request
from agent.service.workspace import load_workspace


def command(
    context: typer.Context,
    signer: AsOption,
    output: OutputOption = None,
    force: ForceOption = False,
    final_try: FinalTryOption = False,
) -> None:
    """Make a PKCS#10 certification request with the signer's key, signed on its token; PEM."""
    workspace = load_workspace(context.obj)
    if output is None:
        require_output()
        print_text(run_request(signer, workspace, operator_at_terminal(final_try=final_try)).decode("ascii"))
        return
    with PendingOutput(output, force=force) as pending:
        pending.write(run_request(signer, workspace, operator_at_terminal(final_try=final_try)))
        pending.release()
    print_line(f"Request {output}")
