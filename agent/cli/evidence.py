"""`iki evidence OUT.zip FILE`."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from agent.cli.evidence_show import show_written
from agent.cli.judging import required_roles, status_of
from agent.cli.options import (
    AtOption,
    CRLOption,
    FileArgument,
    ForceOption,
    FormatOption,
    JSONOption,
    SignatureOption,
    TrustAnchorOption,
    TSAAnchorOption,
    check_signature_option,
)
from agent.containers import ContainerFormat
from agent.exits import ExitStatus
from agent.instants import parse_instant
from agent.service.beside import SUFFIX
from agent.service.detached_verification import choose_signature
from agent.service.evidence import write_evidence
from agent.service.workspace import load_judge


def command(
    context: typer.Context,
    output: Annotated[Path, typer.Argument(metavar="OUT.zip", help="Where the bundle appears.")],
    file: FileArgument,
    at: AtOption = None,
    require: Annotated[
        str | None,
        typer.Option("--require", metavar="ROLE", help="Ask for the signature of `manufacturer` alone."),
    ] = None,
    container: FormatOption = ContainerFormat.PACKAGE,
    signature: SignatureOption = None,
    trust_anchor: TrustAnchorOption = None,
    tsa_anchor: TSAAnchorOption = None,
    crl: CRLOption = None,
    force: ForceOption = False,
    as_json: JSONOption = False,
) -> int:
    """Verify FILE, and keep it with all that its verdict rests on, so that it can be judged again.

    The bundle is written whatever the verdict is; the exit status is that of `iki verify`. With --format cms
    FILE is of any type, and the signature beside it, or --signature, goes along.
    """
    required_roles(require)
    check_signature_option(container, signature)
    is_detached = container is ContainerFormat.CMS or file.suffix.lower() == SUFFIX
    beside = choose_signature(file, signature) if is_detached else None
    instant = parse_instant(at) if at else datetime.now(UTC)
    judge = load_judge(
        context.obj, at=instant, anchors=trust_anchor or [], crls=crl or [], tsa_anchors=tsa_anchor or []
    )
    evidence = write_evidence(
        output, file, judge, signature=beside, required=require or "countersigned", force=force
    )
    show_written(evidence, as_json=as_json)
    return ExitStatus(status_of(evidence.verdict))
