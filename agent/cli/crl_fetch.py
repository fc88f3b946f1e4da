"""`iki crl fetch`."""

from typing import Annotated

import typer

from agent.cli.console import print_error, print_json, print_line
from agent.cli.options import JSONOption
from agent.exits import ExitStatus
from agent.service.crls.desk import open_desk
from agent.service.crls.fetching import FetchOutcome, fetch_crl


def command(
    context: typer.Context,
    force: Annotated[bool, typer.Option("--force", help="Fetch also what has not changed.")] = False,
    as_json: JSONOption = False,
) -> int:
    """Fetch the CRLs of every configured URL into the store.

    Exit status: 0 all fetched, 3 a list was refused (rollback, fork, not signed by a configured CA), 5 a URL
    could not be fetched, 8 what came is no CRL; of several the first. The last good lists are kept.
    """
    with open_desk(context.obj) as desk:
        outcomes = [
            fetch_crl(desk.store, url, desk.configuration.crl, desk.authorities, force=force)
            for url in desk.list_urls()
        ]
    for outcome in outcomes:
        if outcome.error is not None:
            print_error(outcome.error.message, hint=outcome.error.hint)
        elif not as_json:
            print_line(f"{outcome.change:9} {outcome.url}")
    if as_json:
        print_json([describe_outcome(outcome) for outcome in outcomes])
    return next((item.error.exit_status for item in outcomes if item.error is not None), ExitStatus.OK)


def describe_outcome(outcome: FetchOutcome) -> dict[str, object]:
    """Build the JSON object of what came of a URL."""
    return {
        "url": outcome.url,
        "outcome": outcome.change.value,
        "crls": list(outcome.lists),
        "error": outcome.error.code if outcome.error else None,
    }
