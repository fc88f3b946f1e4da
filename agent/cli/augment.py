"""`iki augment FILE`."""

from pathlib import Path
from typing import Annotated

import typer

from agent.cli.console import print_json, print_line, print_warnings
from agent.cli.options import (
    EmbedRevocationOption,
    FileArgument,
    ForceOption,
    JSONOption,
    OutputOption,
    TimestampOption,
    TSAOption,
)
from agent.errors import UsageError
from agent.report.verdict_report import describe_finding
from agent.roles import Role
from agent.service.additions import Additions
from agent.service.augmenting import AugmentingJob, AugmentingResult, run_augmenting
from agent.service.workspace import load_workspace


def command(
    context: typer.Context,
    file: FileArgument,
    timestamp: TimestampOption = False,
    tsa: TSAOption = None,
    embed_revocation: EmbedRevocationOption = False,
    role: Annotated[
        Role | None,
        typer.Option("--role", metavar="ROLE", help="Add to the signature as ROLE alone."),
    ] = None,
    output: OutputOption = None,
    force: ForceOption = False,
    as_json: JSONOption = False,
) -> None:
    """Add a timestamp or CRLs to a workbook's signatures, but those that a countersignature has frozen.

    Needs no key and no token. The input is never touched; the output is FILE with `.augmented` before its
    extension, unless -o says so.
    """
    if not (timestamp or tsa or embed_revocation):
        raise UsageError(
            "augment-nothing",
            "nothing to add is asked for",
            hint="say --timestamp, --embed-revocation, or both",
        )
    additions = Additions(timestamp or bool(tsa), tuple(tsa or ()), embed_revocation)
    job = AugmentingJob(file, output or _default_output(file), additions, role, force)
    result = run_augmenting(job, load_workspace(context.obj))
    if as_json:
        print_json(_describe(result))
        return
    print_warnings(result.findings)
    for item in result.augmented:
        print_line(f"Added to the signature as {item.record.claimed_role}, {item.record.part}")
    for item in result.frozen:
        print_line(f"Frozen by its countersignature, as it was: {item.record.part}")
    print_line(f"Output  {job.output}")
    print_line(f"SHA-256 {result.sha256}")


def _default_output(file: Path) -> Path:
    return file.with_name(f"{file.stem}.augmented{file.suffix}")


def _describe(result: AugmentingResult) -> dict[str, object]:
    """Build the JSON object of the result."""
    return {
        "file": str(result.job.file),
        "output": str(result.job.output),
        "sha256": result.sha256,
        "augmented": [item.record.part for item in result.augmented],
        "frozen": [item.record.part for item in result.frozen],
        "findings": [describe_finding(finding) for finding in result.findings],
    }
