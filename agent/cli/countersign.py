"""`iki countersign FILE --as NAME`."""

import typer

from agent.cli.options import AsOption, FileArgument, FinalTryOption, ForceOption, JSONOption, OutputOption
from agent.cli.signing import run_and_show
from agent.operations import Operation


def command(
    context: typer.Context,
    file: FileArgument,
    signer: AsOption,
    output: OutputOption = None,
    force: ForceOption = False,
    final_try: FinalTryOption = False,
    as_json: JSONOption = False,
) -> None:
    """Countersign a workbook that a manufacturer signed, once its signature has passed verification.

    The input is never touched; the output of FORM.signed.xlsx is FORM.countersigned.xlsx, unless -o says so.
    """
    run_and_show(
        Operation.COUNTERSIGN,
        context.obj,
        file,
        signer=signer,
        output=output,
        image=None,
        force=force,
        final_try=final_try,
        as_json=as_json,
    )
