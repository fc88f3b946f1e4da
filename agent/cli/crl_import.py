"""`iki crl import FILE…`."""

from pathlib import Path
from typing import Annotated

import typer

from agent.cli.console import print_error, print_json, print_line
from agent.cli.crl_views import describe_crl
from agent.cli.options import JSONOption
from agent.exits import ExitStatus
from agent.service.crls.desk import open_desk


def command(
    context: typer.Context,
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="CRLs, PEM or DER, or folders.")],
    as_json: JSONOption = False,
) -> int:
    """Bring CRLs into the store: each must be signed by a configured CA, and be no older than what was seen.

    Exit status: 0 all are in the store, 3 one was refused, 8 a file is no CRL.
    """
    with open_desk(context.obj) as desk:
        outcomes = [outcome for file in files for outcome in desk.import_file(file)]
    for outcome in outcomes:
        if outcome.refusal is not None:
            print_error(outcome.refusal.message, hint=outcome.refusal.hint)
        elif not as_json:
            number = "" if outcome.crl.number is None else f" number {outcome.crl.number}"
            print_line(f"{'new' if outcome.is_new else 'unchanged':9} {outcome.crl.issuer}{number}")
    if as_json:
        print_json(
            [
                {
                    **describe_crl(outcome.crl),
                    "new": outcome.is_new,
                    "error": outcome.refusal.code if outcome.refusal else None,
                }
                for outcome in outcomes
            ]
        )
    return ExitStatus.REFUSED if any(outcome.refusal for outcome in outcomes) else ExitStatus.OK
