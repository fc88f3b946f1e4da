"""`iki lab up --dir DIR`."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from agent.cli.console import print_line
from agent.errors import UsageError
from agent.lab.rehearsal import KEY_KINDS, raise_lab


def command(
    folder: Annotated[Path, typer.Option("--dir", metavar="DIR", help="A new or empty folder.")],
    key: Annotated[
        str, typer.Option("--key", metavar="KIND", help="ec-p256, ec-p384, rsa-2048 or rsa-3072.")
    ] = "ec-p256",
) -> None:
    """Make a rehearsal environment: SoftHSM tokens, a test IKI PKI, CRLs and a configuration."""
    if key not in KEY_KINDS:
        raise UsageError(
            "key-kind-unknown",
            f"--key {key}: no such kind of key",
            hint=f"choose one of {', '.join(KEY_KINDS)}",
        )
    layout = raise_lab(folder, key, datetime.now(UTC).replace(microsecond=0))
    print_line(f"Rehearsal environment in {layout.folder}: TEST keys on SoftHSM tokens, TEST certificates.")
    print_line(f"Use it: export IKI_CONFIG={layout.configuration}")
