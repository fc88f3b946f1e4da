"""`iki countersign FILE --as NAME`."""

import typer

from agent.cli.batch import BatchOptions, CSVOption, FailFastOption, JobsOption
from agent.cli.options import (
    AsOption,
    EmbedRevocationOption,
    FilesArgument,
    FinalTryOption,
    ForceOption,
    FormatOption,
    JSONOption,
    NoAgentOption,
    OutputOption,
    SignatureOption,
    TimestampOption,
    TSAOption,
)
from agent.cli.signing import run_and_show
from agent.containers import ContainerFormat
from agent.operations import Operation
from agent.service.additions import Additions


def command(
    context: typer.Context,
    files: FilesArgument,
    signer: AsOption,
    container: FormatOption = ContainerFormat.PACKAGE,
    signature: SignatureOption = None,
    timestamp: TimestampOption = False,
    tsa: TSAOption = None,
    embed_revocation: EmbedRevocationOption = False,
    output: OutputOption = None,
    force: ForceOption = False,
    final_try: FinalTryOption = False,
    jobs: JobsOption = None,
    csv: CSVOption = None,
    fail_fast: FailFastOption = False,
    no_agent: NoAgentOption = False,
    as_json: JSONOption = False,
) -> int:
    """Countersign a workbook that a manufacturer signed, once its signature has passed verification.

    The input is never touched; the output of FORM.signed.xlsx is FORM.countersigned.xlsx, unless -o says so;
    with `--format cms` the signature in FILE.p7s is countersigned, and the output is FILE.countersigned.p7s.

    Of several files, or folders, each output is named so, in its own folder or in the folder that -o names;
    what is done already is skipped. Exit status: the worst of the documents'.
    """
    return run_and_show(
        Operation.COUNTERSIGN,
        context.obj,
        files,
        signer=signer,
        output=output,
        image=None,
        force=force,
        final_try=final_try,
        container=container,
        signature=signature,
        additions=Additions(timestamp or bool(tsa), tuple(tsa or ()), embed_revocation),
        no_agent=no_agent,
        options=BatchOptions(jobs, csv, fail_fast, as_json),
    )
