"""`iki sign FILE --as NAME`."""

from pathlib import Path
from typing import Annotated

import typer

from agent.cli.batch import BatchOptions, CSVOption, FailFastOption, JobsOption
from agent.cli.image_choice import choose_images
from agent.cli.options import (
    AsOption,
    EmbedRevocationOption,
    FilesArgument,
    FinalTryOption,
    ForceOption,
    FormatOption,
    JSONOption,
    NoAgentOption,
    OTAElementOption,
    OutputOption,
    RangeOption,
    StripOTAHeaderOption,
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
    image: Annotated[
        Path | None,
        typer.Option("--image", metavar="FIRMWARE", help="Compare the Hash in the form with this image."),
    ] = None,
    octets: RangeOption = None,
    strip_ota_header: StripOTAHeaderOption = False,
    ota_element: OTAElementOption = None,
    container: FormatOption = ContainerFormat.PACKAGE,
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
    """Sign a submission workbook as its manufacturer.

    The input is never touched; the output is FILE with `.signed` before its extension, unless -o says so;
    with `--format cms` it is FILE.p7s, a signature over a file of any type.

    Of several files, or folders, each output is named so, in its own folder or in the folder that -o names;
    what is done already is skipped. Exit status: the worst of the documents'.
    """
    images = choose_images([image] if image else [], octets, ota_element, strips_header=strip_ota_header)
    return run_and_show(
        Operation.SIGN,
        context.obj,
        files,
        signer=signer,
        output=output,
        image=images[0] if images else None,
        force=force,
        final_try=final_try,
        container=container,
        signature=None,
        additions=Additions(timestamp or bool(tsa), tuple(tsa or ()), embed_revocation),
        no_agent=no_agent,
        options=BatchOptions(jobs, csv, fail_fast, as_json),
    )
