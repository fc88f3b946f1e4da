"""README shows what a person sees who follows it."""

from pathlib import Path

from tests.cli.readme import read_block, without_what_varies
from tests.support.lab import run_iki


def test_the_demo_prints_what_readme_says(tmp_path: Path) -> None:
    """Line by line, but for folder, times, digests and serial numbers."""
    run = run_iki("demo", "--dir", tmp_path / "iki-demo-x")
    assert run.status == 0
    expected = without_what_varies(read_block("What `make demo` prints"))
    assert without_what_varies(run.stdout) == expected
