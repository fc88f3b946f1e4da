"""`iki demo`: the story end to end, with real commands on real files."""

import hashlib
import os
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from agent.cli.console import print_line, print_text
from agent.errors import IkiError, UsageError
from agent.lab.story import FIRMWARE, LAB, STEPS, Step

_IMAGE_SIZE = 64 * 1024


def command(
    folder: Annotated[
        Path | None, typer.Option("--dir", metavar="DIR", help="A new folder; default: a temporary one.")
    ] = None,
) -> None:
    """Play the whole story in a temporary rehearsal environment, and say how to repeat each step."""
    where = _make_folder(folder)
    (where / FIRMWARE).write_bytes(_make_image())
    print_line(f"This is the story of a CPL submission, played with TEST keys in {where}.")
    for number, step in enumerate(STEPS, start=1):
        print_line()
        print_line(f"{number}. {step.words}")
        print_line(f"   $ {_shown(step)}")
        sys.stdout.flush()
        _run(step, where)
    _print_end(where)


def _make_folder(folder: Path | None) -> Path:
    if folder is None:
        return Path(tempfile.mkdtemp(prefix="iki-demo-"))
    try:
        folder.mkdir(parents=True)
    except OSError as error:
        raise UsageError(
            "demo-folder", f"{folder}: cannot be made: {error.strerror}", hint="name a new folder with --dir"
        ) from error
    return folder.absolute()


def _make_image() -> bytes:
    """Make an image that is the same in every demo, so that its Hash can be compared."""
    block = hashlib.sha256(b"TEST Manufacturer Image").digest()
    return block * (_IMAGE_SIZE // len(block))


def _run(step: Step, where: Path) -> None:
    environment = {**os.environ, "IKI_CONFIG": str(where / LAB / "config.toml")}
    finished = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "agent", *step.arguments],
        cwd=where,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    print_text("".join(f"   {line}\n" for line in finished.stdout.splitlines()))
    if step.status:
        print_line(f"   (exit status {finished.returncode})")
    if finished.returncode != step.status:
        raise IkiError(
            "demo-failed",
            f"the step `{_shown(step)}` ended with {finished.returncode}, not {int(step.status)}",
            hint="see what it printed above",
        )


def _print_end(where: Path) -> None:
    print_line()
    print_line(f"The files are in {where}:")
    for path in sorted(where.iterdir()):
        print_line(f"  {path.name}{'/' if path.is_dir() else ''}")
    print_line()
    print_line("To repeat the steps by hand, in a new folder with a firmware.bin of yours:")
    print_line(f"  export IKI_CONFIG={LAB}/config.toml")
    for step in STEPS:
        print_line(f"  {_shown(step)}")


def _shown(step: Step) -> str:
    return shlex.join(("iki", *step.arguments))
