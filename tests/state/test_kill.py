"""SIGKILL at any instant: the chain verifies, and at most one decision has no output, which is said."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.state.places import Place
from tests.support.thorough import THOROUGH


def _kill(place: Place, folder: Path, how: str, amount: int) -> Any:
    folder.mkdir()
    command = [sys.executable, "-m", "tests.state.killed", place.url, str(folder), how, str(amount)]
    finished = subprocess.run(command, capture_output=True, text=True, timeout=900, check=False)
    assert finished.returncode == 0, finished.stderr
    return json.loads(finished.stdout)


def test_killed_at_every_step(any_place: Place, tmp_path: Path) -> None:
    """Before and after calls to the disk and the database between the decision and the output.

    In the suite every second of them, with `make kill` every one.
    """
    result = _kill(any_place, tmp_path / "out", "steps", 1 if THOROUGH else 2)
    assert result["killed"] > (30 if THOROUGH else 6)
    assert result["closed"] >= (4 if THOROUGH else 1), "there are steps between the record and the output"
    assert result["allowed"] > result["closed"]


def test_killed_at_random_instants(any_place: Place, tmp_path: Path) -> None:
    """A process that makes one output after another, killed by the clock."""
    count = 100 if THOROUGH else 4
    assert _kill(any_place, tmp_path / "out", "instants", count)["killed"] == count
