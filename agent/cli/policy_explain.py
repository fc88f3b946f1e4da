"""`iki policy explain --as NAME [FILE]`."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from agent.cli.agent_choice import ChosenAgent, choose_agent
from agent.cli.console import print_json, print_line, print_table
from agent.cli.image_choice import choose_images
from agent.cli.options import (
    AsOption,
    FormatOption,
    JSONOption,
    NoAgentOption,
    OTAElementOption,
    RangeOption,
    SignatureOption,
    StripOTAHeaderOption,
    check_signature_option,
)
from agent.containers import ContainerFormat
from agent.cpl.image_part import GivenImage
from agent.errors import IkiError
from agent.exits import ExitStatus
from agent.report.policy_report import describe_explanation, list_answer_rows, list_explanation_lines
from agent.service.explaining import explain_policy
from agent.service.workspace import load_workspace


def command(
    context: typer.Context,
    signer: AsOption,
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="The document; without it, the key's rules alone.")
    ] = None,
    image: Annotated[
        Path | None,
        typer.Option("--image", metavar="FIRMWARE", help="Compare the Hash in the form with this image."),
    ] = None,
    octets: RangeOption = None,
    strip_ota_header: StripOTAHeaderOption = False,
    ota_element: OTAElementOption = None,
    container: FormatOption = ContainerFormat.PACKAGE,
    signature: SignatureOption = None,
    no_agent: NoAgentOption = False,
    as_json: JSONOption = False,
) -> int:
    """Show what each rule says of a signer and a workbook, and why; nothing is signed or recorded.

    Exit status: 0 it would be allowed (as far as can be told without the key), 3 it would be refused.
    """
    images = choose_images([image] if image else [], octets, ota_element, strips_header=strip_ota_header)
    check_signature_option(container, signature)
    # An agent explains workbooks alone; no key is used here, so it is not missed.
    is_detached = container is ContainerFormat.CMS
    agent = None if is_detached else choose_agent(context.obj, no_agent=no_agent)
    explained = _ask(agent, signer, file, images) if agent else None
    if explained is None:
        explanation = explain_policy(
            signer, file, images, load_workspace(context.obj), container=container, signature=signature
        )
        explained = describe_explanation(explanation)
    if as_json:
        print_json(explained)
    else:
        for line in list_explanation_lines(explained):
            print_line(line)
        print_line()
        print_table(("RULE", "ANSWER", "EVIDENCE"), list(list_answer_rows(explained)))
    return ExitStatus.REFUSED if explained["refuses"] else ExitStatus.OK


def _ask(
    agent: ChosenAgent, signer: str, file: Path | None, images: Sequence[GivenImage]
) -> dict[str, Any] | None:
    """Let the agent explain; None when that has another configuration, and is done without."""
    from agent.cli.remote_explaining import explain_by_agent  # noqa: PLC0415 - only with an agent

    try:
        return explain_by_agent(agent, signer, file, images)
    except IkiError as error:
        if agent.may_do_without(error):
            return None
        raise
