"""`iki policy check FILE.toml`."""

from pathlib import Path
from typing import Annotated

import typer

from agent.cli.console import print_json, print_line
from agent.cli.options import JSONOption
from agent.policy.content import Stage
from agent.policy.engine import lowered_rules
from agent.report.policy_report import describe_policy
from agent.service.workspace import load_policy


def command(
    file: Annotated[Path, typer.Argument(metavar="FILE.toml", help="The policy file.")],
    parties: Annotated[
        Path | None, typer.Option("--parties", metavar="FILE.toml", help="Check this party register too.")
    ] = None,
    as_json: JSONOption = False,
) -> None:
    """Check a policy file: unknown keys, wrong values and rules that may not be lowered are refused."""
    policy = load_policy(file, parties)
    if as_json:
        print_json(describe_policy(policy))
        return
    lowered = ", ".join(lowered_rules(policy, *Stage)) or "none"
    print_line(f"{file}: can be used; SHA-256 {policy.sha256}; lowered rules: {lowered}")
    if policy.parties is not None:
        count = len(policy.parties.parties)
        print_line(f"{parties}: can be used; SHA-256 {policy.parties.sha256}; {count} parties")
