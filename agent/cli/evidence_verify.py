"""`iki evidence verify OUT.zip`."""

from pathlib import Path
from typing import Annotated

import typer

from agent.cli.console import print_error, print_warning
from agent.cli.evidence_show import show_verified
from agent.cli.judging import status_of
from agent.cli.options import JSONOption
from agent.config.limits import DocumentLimits
from agent.errors import UsageError
from agent.exits import ExitStatus
from agent.service.evidence import Evidence, verify_evidence
from agent.service.workspace import load_configuration


def command(
    context: typer.Context,
    bundle: Annotated[Path, typer.Argument(metavar="OUT.zip", help="The bundle.")],
    trust_anchor: Annotated[
        list[Path] | None,
        typer.Option("--trust-anchor", metavar="PEM", help="Trust this root, not what the bundle brings."),
    ] = None,
    tsa_anchor: Annotated[
        list[Path] | None,
        typer.Option(
            "--tsa-anchor", metavar="PEM", help="Trust timestamps of this root; with --trust-anchor."
        ),
    ] = None,
    as_json: JSONOption = False,
) -> int:
    """Judge a bundle again: offline, as of the time it records, from what is in it alone.

    Exit status: that of `iki verify`; 8 when a member is changed, missing or extra, or when the bundle
    does not come to the verdict that it records.
    """
    limits = load_configuration(context.obj).limits if context.obj else DocumentLimits()
    if tsa_anchor and not trust_anchor:
        raise UsageError(
            "tsa-anchor-alone",
            "--tsa-anchor is for timestamps, and the signers would be trusted by the bundle's own anchors",
            hint="name the IKI root as well, with --trust-anchor",
        )
    evidence = verify_evidence(
        bundle, anchors=tuple(trust_anchor or ()), tsa_anchors=tuple(tsa_anchor or ()), ceiling=limits
    )
    show_verified(evidence, as_json=as_json)
    return _status(evidence)


def _status(evidence: Evidence) -> ExitStatus:
    """Find the exit status: a bundle that contradicts itself is worth nothing, whatever it comes to.

    Under the caller's own anchors another verdict is an answer, not a contradiction.
    """
    if evidence.reproduced:
        return status_of(evidence.verdict)
    words = f"{evidence.path}: the verdict is not the one that the bundle records"
    if evidence.own_anchors:
        print_warning(f"{words}; the bundle's own trust anchors may be others")
        return status_of(evidence.verdict)
    version = evidence.bundle.manifest.tool_version
    print_error(words, hint=f"do not rely on it; it says that iki {version} wrote it, which you may try")
    return ExitStatus.DOCUMENT
