"""`iki crl watch`."""

import json
import sys
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from agent.cli.console import print_error, print_line, print_text
from agent.cli.crl_fetch import describe_outcome
from agent.cli.options import JSONOption
from agent.errors import UsageError
from agent.instants import format_instant
from agent.service.crls.desk import open_desk
from agent.service.crls.watching import watch_urls

_LONGEST = 366 * 86400


def _parse_duration(seconds: float) -> timedelta:
    """Read a number of seconds; one that is no number fits between no limits."""
    if not 0 <= seconds <= _LONGEST:
        raise UsageError(
            "duration-invalid",
            f"--for {seconds:g}: not a number of seconds from 0 to {_LONGEST}",
            hint="leave --for away to watch until interrupted",
        )
    return timedelta(seconds=seconds)


def command(
    context: typer.Context,
    seconds: Annotated[
        float | None,
        typer.Option("--for", metavar="SECONDS", help="End after this long; default: until interrupted."),
    ] = None,
    as_json: JSONOption = False,
) -> None:
    """Fetch every configured URL now, and again before its list runs out; one line for each try."""
    until = None if seconds is None else datetime.now(UTC) + _parse_duration(seconds)
    with open_desk(context.obj) as desk:
        watched = watch_urls(
            desk.store, desk.list_urls(), desk.configuration.crl, desk.authorities, until=until
        )
        for outcome, again in watched:
            next_try = format_instant(again)
            if as_json:
                print_text(json.dumps({**describe_outcome(outcome), "next_try": next_try}) + "\n")
            else:
                print_line(f"{outcome.change:9} {outcome.url}, next try {next_try}")
            sys.stdout.flush()
            if outcome.error is not None:
                print_error(outcome.error.message, hint=outcome.error.hint)
