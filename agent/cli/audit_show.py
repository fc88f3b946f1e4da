"""`iki audit show`."""

import hashlib
import re
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from agent.audit.chain import AuditLine
from agent.audit.records import Outcome
from agent.audit.selection import Selection
from agent.cli.console import print_json_ending, print_line, print_table
from agent.cli.options import JSONOption
from agent.errors import UsageError
from agent.instants import format_instant, parse_instant
from agent.service.files import read_file
from agent.service.recording import open_audit
from agent.service.workspace import load_configuration

_LARGEST = 2 * 1024 * 1024 * 1024
_SHA256 = re.compile(r"[0-9a-fA-F]{64}")
_HEADINGS = ("Record", "Time", "Outcome", "Operation", "Signer", "Requester", "File")


def command(
    context: typer.Context,
    since: Annotated[
        str | None, typer.Option("--since", metavar="TIME", help="From this time on (ISO 8601).")
    ] = None,
    until: Annotated[
        str | None, typer.Option("--until", metavar="TIME", help="Up to this time (ISO 8601).")
    ] = None,
    signer: Annotated[str | None, typer.Option("--signer", metavar="NAME", help="Of this signer.")] = None,
    requester: Annotated[
        str | None, typer.Option("--requester", metavar="NAME", help="Asked for by this user.")
    ] = None,
    outcome: Annotated[Outcome | None, typer.Option("--outcome", help="With this outcome.")] = None,
    sha256: Annotated[
        str | None,
        typer.Option("--sha256", metavar="HEX", help="About the document with this SHA-256."),
    ] = None,
    file: Annotated[
        Path | None, typer.Option("--file", metavar="FILE", help="About this document, by its SHA-256.")
    ] = None,
    last: Annotated[
        int | None, typer.Option("--last", metavar="N", min=1, help="No more than the last N of them.")
    ] = None,
    as_json: JSONOption = False,
) -> None:
    """Show the record of decisions; `iki audit verify` tells whether it is whole."""
    selection = Selection(
        since=parse_instant(since) if since else None,
        until=parse_instant(until) if until else None,
        signer=signer,
        outcome=outcome,
        requester=requester,
        sha256=_choose_digest(sha256, file),
    )
    store = open_audit(load_configuration(context.obj))
    chosen: Iterator[AuditLine] = (line for line in store.list_lines() if selection.matches(line))
    lines = list(deque(chosen, last))
    if as_json:
        print_json_ending({"file": store.place}, "records", (line.members for line in lines))
    elif lines:
        print_table(_HEADINGS, [_describe(line) for line in lines])
    else:
        print_line("no such record")


def _choose_digest(sha256: str | None, file: Path | None) -> str | None:
    if file is not None:
        if sha256 is not None:
            raise UsageError("digest-twice", "--sha256 and --file both name a document", hint="give one")
        return hashlib.sha256(read_file(file, what="document", limit=_LARGEST)).hexdigest()
    if sha256 is not None and not _SHA256.fullmatch(sha256):
        raise UsageError(
            "digest-malformed",
            "--sha256: expected 64 hexadecimal digits",
            hint="or give --file FILE",
        )
    return sha256.lower() if sha256 else None


def _describe(line: AuditLine) -> tuple[str, ...]:
    texts = (line.text(name) for name in ("outcome", "operation", "signer"))
    place = (line.text("requester", "name"), line.text("file"))
    return (str(line.sequence), format_instant(line.time), *(text or "-" for text in (*texts, *place)))
