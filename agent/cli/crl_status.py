"""`iki crl status`."""

from dataclasses import replace
from datetime import UTC, datetime

import typer

from agent.cli.console import print_json, print_line, print_table
from agent.cli.crl_views import describe_duration, describe_kinds
from agent.cli.options import JSONOption
from agent.exits import ExitStatus
from agent.instants import format_instant
from agent.service.crls.desk import open_desk
from agent.service.crls.register import Incident, SourceRecord
from agent.service.crls.states import Freshness, IssuerState
from agent.service.crls.stored import StoredList


def command(context: typer.Context, as_json: JSONOption = False) -> int:
    """Say of each configured CA whether its CRL is fresh, in grace, stale or absent, and for how long.

    `partial`: what is fresh does not vouch for all that the CA issues. `not-yet-valid`: there is none but one
    of a time to come. Exit status: 0 when all are fresh, 5 otherwise.
    """
    now = datetime.now(UTC)
    with open_desk(context.obj) as desk:
        states = desk.list_states(now)
        sources, incidents = desk.store.list_sources(), desk.store.list_incidents()
        sources = tuple(replace(item, lists=desk.store.name_lists(item.lists)) for item in sources)
    if as_json:
        print_json(
            {
                "at": format_instant(now),
                "issuers": [_describe_state(state) for state in states],
                "sources": [_describe_source(source) for source in sources],
                "incidents": [_describe_incident(incident) for incident in incidents],
            }
        )
    else:
        _show(states, sources, incidents)
    fresh = all(state.freshness is Freshness.FRESH for state in states)
    return ExitStatus.OK if fresh else ExitStatus.INDETERMINATE


def _show(
    states: tuple[IssuerState, ...], sources: tuple[SourceRecord, ...], incidents: tuple[Incident, ...]
) -> None:
    rows = [
        (
            state.freshness.value,
            "-" if state.crl is None or state.crl.number is None else str(state.crl.number),
            describe_duration(state.age),
            describe_duration(state.left),
            _describe_kind(state.crl),
            state.problem or "-",
            state.issuer,
        )
        for state in states
    ]
    print_table(("STATE", "NUMBER", "AGE", "LEFT", "KIND", "PROBLEM", "ISSUER"), rows)
    for source in sources:
        if source.code:
            at = format_instant(source.checked)
            message = source.message.removeprefix(f"{source.place}: ")
            print_line(f"source {source.place}: {message} [{source.code}, {at}]")
    for incident in incidents:
        at = format_instant(incident.seen)
        print_line(f"refused at {at}: {incident.message} [{incident.code}, SHA-256 {incident.sha256}]")


def _describe_kind(crl: StoredList | None) -> str:
    """Say what a list is, and for which certificates."""
    if crl is None:
        return "-"
    kind = "complete" if crl.base_number is None else "delta"
    kinds = describe_kinds(crl)
    return f"{kind}, {kinds}" if kinds else kind


def _describe_state(state: IssuerState) -> dict[str, object]:
    crl = state.crl
    return {
        "issuer": state.issuer,
        "state": state.freshness.value,
        "kind": None if crl is None else "complete" if crl.base_number is None else "delta",
        "problem": state.problem or None,
        "number": None if crl is None else crl.number,
        "sha256": None if crl is None else crl.sha256.hex(),
        "age_seconds": None if state.age is None else int(state.age.total_seconds()),
        "left_seconds": None if state.left is None else int(state.left.total_seconds()),
    }


def _describe_source(source: SourceRecord) -> dict[str, object]:
    return {
        "place": source.place,
        "checked": format_instant(source.checked),
        "crls": list(source.lists),
        "error": source.code or None,
        "failures": source.failures,
    }


def _describe_incident(incident: Incident) -> dict[str, object]:
    return {
        "code": incident.code,
        "sha256": incident.sha256,
        "place": incident.place,
        "seen": format_instant(incident.seen),
        "message": incident.message,
    }
