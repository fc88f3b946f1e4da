"""`iki token soak --as NAME --for 60s`."""

import re
from pathlib import Path
from typing import Annotated

import typer

from agent.cli.console import print_json, print_line, print_table, print_text
from agent.cli.options import AsOption, FinalTryOption, ForceOption, JSONOption, OutputOption
from agent.cli.provisioning import ConfirmOption, confirm_at_terminal
from agent.config.token_profile import TokenProfile
from agent.errors import UsageError
from agent.service.pins.terminal import operator_at_terminal
from agent.service.release import PendingOutput
from agent.service.soak.running import SoakResult, run_soak
from agent.service.workspace import load_workspace

_DURATION = re.compile(r"([1-9][0-9]{0,3})(s|min)")
_LONGEST = 3600


def command(
    context: typer.Context,
    signer: AsOption,
    duration: Annotated[
        str, typer.Option("--for", metavar="TIME", help="How long, as in 60s or 5min; at most an hour.")
    ] = "60s",
    output: OutputOption = None,
    force: ForceOption = False,
    confirm: ConfirmOption = None,
    final_try: FinalTryOption = False,
    as_json: JSONOption = False,
) -> None:
    """Measure the signer's token by signing TEST digests, and write a module profile.

    The signer's name is typed first. What is signed can be no document's digest; it is thrown away.
    """
    seconds = _parse_duration(duration)
    workspace = load_workspace(context.obj)

    def run() -> SoakResult:
        operator = operator_at_terminal(final_try=final_try)
        return run_soak(signer, workspace, operator, confirm_at_terminal(confirm), seconds=seconds)

    if output is None:
        result = run()
    else:
        with PendingOutput(output, force=force) as pending:
            result = run()
            pending.write(_write_profile(result.profile).encode())
            pending.release()
    if as_json:
        print_json(_describe(result))
        return
    _show(result, output)


def _parse_duration(text: str) -> float:
    match = _DURATION.fullmatch(text)
    seconds = int(match[1]) * (60 if match[2] == "min" else 1) if match else 0
    if not 0 < seconds <= _LONGEST:
        raise UsageError(
            "duration-malformed", f"{text[:32]!r} is no duration", hint="write 60s or 5min; at most an hour"
        )
    return seconds


def _show(result: SoakResult, output: Path | None) -> None:
    rows = [
        (
            str(level.sessions),
            f"{level.per_second:.0f}",
            *(f"{value:.1f}" for value in level.latencies_ms),
            level.problem.code if level.problem else "-",
        )
        for level in result.levels
    ]
    print_line(f"{result.algorithm}, {result.key_uri}")
    print_table(("SESSIONS", "PER SECOND", "P50 MS", "P95 MS", "P99 MS", "MAX MS", "ENDED BY"), rows)
    dropped = "the session was lost" if result.idle_dropped else "the session was kept"
    print_line(f"After {result.idle_seconds:.0f} s without a signature: {dropped}.")
    print_line(f"The PIN is asked for at each signature: {'yes' if result.always_authenticate else 'no'}.")
    if output is not None:
        print_line(f"Profile {output}")
    else:
        print_text("\n" + _write_profile(result.profile))


def _write_profile(profile: TokenProfile) -> str:
    """Write the table for the configuration."""
    return (
        "[module.profile]\n"
        f"sessions = {profile.sessions}\n"
        f"serialise = {str(profile.serialise).lower()}\n"
        f"deadline_seconds = {profile.deadline_seconds}\n"
        f"notice_seconds = {profile.notice_seconds}\n"
        f"pin_entry_seconds = {profile.pin_entry_seconds}\n"
        f'process = "{profile.process}"\n'
    )


def _describe(result: SoakResult) -> dict[str, object]:
    """Build the JSON object (docs/schemas/token-soak.schema.json)."""
    profile = result.profile
    return {
        "key": result.key_uri,
        "algorithm": result.algorithm,
        "levels": [
            {
                "sessions": level.sessions,
                "signatures": level.signatures,
                "per_second": level.per_second,
                **dict(zip(("p50_ms", "p95_ms", "p99_ms", "max_ms"), level.latencies_ms, strict=True)),
                "error": level.problem.code if level.problem else None,
            }
            for level in result.levels
        ],
        "idle_seconds": result.idle_seconds,
        "idle_dropped": result.idle_dropped,
        "always_authenticate": result.always_authenticate,
        "profile": {
            "sessions": profile.sessions,
            "serialise": profile.serialise,
            "deadline_seconds": profile.deadline_seconds,
            "notice_seconds": profile.notice_seconds,
            "pin_entry_seconds": profile.pin_entry_seconds,
            "process": profile.process,
        },
    }
