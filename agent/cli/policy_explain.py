"""`iki policy explain --as NAME [FILE]`."""

from pathlib import Path
from typing import Annotated

import typer

from agent.cli.console import print_json, print_line, print_table
from agent.cli.image_choice import choose_images
from agent.cli.options import AsOption, JSONOption, OTAElementOption, RangeOption, StripOTAHeaderOption
from agent.exits import ExitStatus
from agent.report.policy_report import describe_explanation, list_answer_rows, list_explanation_lines
from agent.service.explaining import explain_policy
from agent.service.workspace import load_workspace


def command(
    context: typer.Context,
    signer: AsOption,
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="The workbook; without it, the key's rules alone.")
    ] = None,
    image: Annotated[
        Path | None,
        typer.Option("--image", metavar="FIRMWARE", help="Compare the Hash in the form with this image."),
    ] = None,
    octets: RangeOption = None,
    strip_ota_header: StripOTAHeaderOption = False,
    ota_element: OTAElementOption = None,
    as_json: JSONOption = False,
) -> int:
    """Show what each rule says of a signer and a workbook, and why; nothing is signed or recorded.

    Exit status: 0 it would be allowed (as far as can be told without the key), 3 it would be refused.
    """
    images = choose_images([image] if image else [], octets, ota_element, strips_header=strip_ota_header)
    explanation = explain_policy(signer, file, images, load_workspace(context.obj))
    if as_json:
        print_json(describe_explanation(explanation))
    else:
        for line in list_explanation_lines(explanation):
            print_line(line)
        print_line()
        print_table(("RULE", "ANSWER", "EVIDENCE"), list(list_answer_rows(explanation)))
    return ExitStatus.REFUSED if explanation.refuses else ExitStatus.OK
