"""`iki augment FILE`."""

from pathlib import Path
from typing import Annotated

import typer

from agent.cli.console import print_json, print_line, print_warnings
from agent.cli.options import (
    EmbedRevocationOption,
    FileArgument,
    ForceOption,
    FormatOption,
    JSONOption,
    OutputOption,
    SignatureOption,
    TimestampOption,
    TSAOption,
    check_signature_option,
)
from agent.containers import ContainerFormat
from agent.errors import UsageError
from agent.report.verdict_report import describe_finding
from agent.roles import Role
from agent.service.additions import Additions
from agent.service.augmenting import AugmentingJob, AugmentingResult, run_augmenting
from agent.service.beside import SUFFIX, name_beside
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
    container: FormatOption = ContainerFormat.PACKAGE,
    signature: SignatureOption = None,
    output: OutputOption = None,
    force: ForceOption = False,
    as_json: JSONOption = False,
) -> None:
    """Add a timestamp or CRLs to signatures made before, but those that a countersignature has frozen.

    Needs no key and no token. The input is never touched; the output is FILE with `.augmented` before its
    extension, or FILE.augmented.p7s, unless -o says so.
    """
    if not (timestamp or tsa or embed_revocation):
        raise UsageError(
            "augment-nothing",
            "nothing to add is asked for",
            hint="say --timestamp, --embed-revocation, or both",
        )
    check_signature_option(container, signature)
    additions = Additions(timestamp or bool(tsa), tuple(tsa or ()), embed_revocation)
    target = output or _default_output(file, container)
    job = AugmentingJob(file, target, additions, role, force, container, signature)
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


def _default_output(file: Path, container: ContainerFormat) -> Path:
    if container is ContainerFormat.CMS:
        return name_beside(file, f".augmented{SUFFIX}")
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
