"""`iki agent status`."""

from typing import Any

from agent.cli.console import print_json, print_line, print_table
from agent.cli.options import JSONOption
from agent.client.connection import ask, find_endpoint


def command(as_json: JSONOption = False) -> None:
    """Show whether an agent runs, with which configuration, and how its tokens are.

    Exit status: 0 it runs, 7 nobody answers.
    """
    endpoint = find_endpoint()
    status = ask(endpoint, "GET", "/agent")
    if as_json:
        print_json(status)
        return
    print_line(f"Agent {status['version']} on {endpoint}, process {status['pid']}, since {status['started']}")
    print_line(f"Configuration {status['configuration']}, SHA-256 {status['configuration_sha256']}")
    if status["reload_problem"]:
        print_line(f"The last reload failed: {status['reload_problem']}")
    print_line(f"Requests: {status['active']} under way, {status['waiting']} waiting")
    print_tokens(status["tokens"])


def print_tokens(tokens: list[dict[str, Any]]) -> None:
    """Print how tokens are, one in a line."""
    if not tokens:
        print_line("No signer is configured.")
        return
    rows = [
        (", ".join(token["signers"]), _word(token), token["since"], token["problem"] or "-", token["uri"])
        for token in tokens
    ]
    print_table(("SIGNERS", "STATE", "SINCE", "LAST PROBLEM", "TOKEN"), rows)


def _word(token: dict[str, Any]) -> str:
    return "locked, unlocks itself" if token["unlocks_itself"] else str(token["state"])
