"""README shows what a person sees who follows it."""

import subprocess
from pathlib import Path

from tests.cli.readme import read_block, without_what_varies
from tests.support.lab import command_line, environment

_SECONDS = 300
"""The demo is a dozen commands."""


def test_the_demo_prints_what_readme_says(tmp_path: Path) -> None:
    """Line by line, but for folder, times, digests and serial numbers."""
    command = command_line(["demo", "--dir", tmp_path / "iki-demo-x"])
    played = subprocess.run(
        command, env=environment(), capture_output=True, text=True, timeout=_SECONDS, check=True
    )
    expected = without_what_varies(read_block("What `make demo` prints"))
    assert without_what_varies(played.stdout) == expected
