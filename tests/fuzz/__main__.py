"""`python -m tests.fuzz`: the suite's fuzz targets, steered by atheris towards code not reached yet.

Each target is a hypothesis test of this folder; atheris gives it the octets its choices are made of. A target
is a process of its own: what it finds is said at once, and its input is kept in --keep.
"""

import argparse
import hashlib
import importlib
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

_MODULES = (
    "tests.fuzz.test_package",
    "tests.fuzz.test_parsers",
    "tests.fuzz.test_rows",
    "tests.fuzz.test_cms",
    "tests.fuzz.test_timestamps",
)
_LONGEST_INPUT = 4096
"""Octets of choices, not of documents."""
_SEEDS = 16
"""Inputs to begin with, at random: from none, atheris tries only the shortest for a long time."""
_GRACE = 300
"""Seconds a target may take beyond its time, to start and to finish its last input on a busy machine."""


def main(arguments: Sequence[str]) -> int:
    """Fuzz all targets, or those named; 1 when one of them failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--seconds", type=int, default=60, help="time for all targets together (default 60)")
    parser.add_argument(
        "--keep", type=Path, default=Path("build/fuzz"), help="folder of corpora and findings"
    )
    parser.add_argument("--target", action="append", help="only this test, such as test_signatures")
    parser.add_argument("--input", type=Path, help="run one input that was kept, of the one --target")
    parser.add_argument("--inside", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.inside:
        return _fuzz(options.inside, options.keep, options.seconds, options.input)
    chosen = options.target or [name for module in _MODULES for name in _list_targets(module)]
    each = max(1, options.seconds // len(chosen))
    return max(_start(name, options.keep, each, options.input) for name in chosen)


def _list_targets(module: str) -> list[str]:
    """List the hypothesis tests of a module."""
    found = vars(importlib.import_module(module)).items()
    return [name for name, value in found if name.startswith("test_") and hasattr(value, "hypothesis")]


def _start(name: str, keep: Path, seconds: int, given: Path | None) -> int:
    """Fuzz one target in a process of its own."""
    (keep / name).mkdir(parents=True, exist_ok=True)
    for number in range(_SEEDS):
        seed = hashlib.shake_256(f"{name} {number}".encode()).digest(_LONGEST_INPUT // 2)
        (keep / name / f"seed-{number}").write_bytes(seed)
    command = [sys.executable, "-m", "tests.fuzz", "--inside", name, "--keep", str(keep)]
    command += ["--seconds", str(seconds), *(["--input", str(given)] if given else [])]
    started = time.monotonic()
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, errors="replace", timeout=seconds + _GRACE, check=False
        )
    except subprocess.TimeoutExpired:
        sys.stdout.write(f"{name}: FAILED, it did not end\n")
        return 1
    lines = (done.stderr + done.stdout).splitlines()
    status = next((line for line in reversed(lines) if " cov: " in line), "no status")
    word = "FAILED" if done.returncode else "ok"
    sys.stdout.write(f"{name}: {word}, {time.monotonic() - started:.0f} s, {' '.join(status.split())}\n")
    if done.returncode:
        sys.stdout.write("\n".join(["", *lines[-60:], ""]))
    sys.stdout.flush()
    return 1 if done.returncode else 0


def _fuzz(name: str, keep: Path, seconds: int, given: Path | None) -> int:
    """Give this process to atheris; it ends it."""
    import atheris  # noqa: PLC0415 - not in the locks of the suite

    with atheris.instrument_imports(include=["agent", "hsm"]):
        modules = [importlib.import_module(module) for module in _MODULES]
        test: Any = next(getattr(module, name) for module in modules if hasattr(module, name))
        importlib.import_module("tests.fuzz.originals").make_original()
    options = [f"-max_total_time={seconds}", f"-artifact_prefix={keep}/{name}-", f"-max_len={_LONGEST_INPUT}"]
    atheris.Setup(
        [
            sys.argv[0],
            "-rss_limit_mb=0",
            "-timeout=60",
            "-len_control=0",
            *options,
            str(given or keep / name),
        ],
        test.hypothesis.fuzz_one_input,
    )
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
