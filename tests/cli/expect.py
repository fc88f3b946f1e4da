"""What every command promises when it does not do what it was asked to."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from agent.exits import ExitStatus
from tests.support.lab import Lab, Run, sha256

_LINE = re.compile(r"iki: (?P<kind>error|hint|warning|note): \S.*")
_CODE = re.compile(r" \[(?P<code>[a-z0-9-]+), [^\]]+\]\Z")


def expect_failed(run: Run, status: ExitStatus) -> None:
    """Expect one error in one line and one hint in another, nothing else, and nothing on standard output."""
    assert (run.status, run.stdout) == (status, ""), run.stderr
    assert _kinds(run) == ["error", "hint"], run.stderr


def expect_refused(run: Run, *codes: str, warned: tuple[str, ...] = ()) -> None:
    """Expect policy's refusal for exactly these findings, each in one line with its code and a hint."""
    assert (run.status, run.stdout) == (ExitStatus.REFUSED, ""), run.stderr
    assert _kinds(run) == [*["error", "hint"] * len(codes), *["warning"] * len(warned)], run.stderr
    assert [_code(line) for line in run.lines("warning")] == list(warned)
    assert [_code(line) for line in run.lines("error")] == list(codes)


def expect_warned(run: Run, *codes: str) -> None:
    """Expect success with exactly these findings as warnings."""
    assert run.status == ExitStatus.OK, run.stderr
    assert _kinds(run) == ["warning"] * len(codes), run.stderr
    assert [_code(line) for line in run.lines("warning")] == list(codes)


@contextmanager
def nothing_changes(*folders: Path) -> Iterator[None]:
    """Expect every file in the folders to be the same afterwards, and no other to be there."""
    before = [_read_tree(folder) for folder in folders]
    yield
    assert [_read_tree(folder) for folder in folders] == before


@contextmanager
def audited(lab: Lab, *expected: tuple[str, str, tuple[str, ...]]) -> Iterator[list[dict[str, Any]]]:
    """Expect these audit lines to be added, as operation, outcome and finding codes; yields them for more."""
    before = len(lab.read_audit())
    added: list[dict[str, Any]] = []
    yield added
    added.extend(lab.read_audit()[before:])
    found = [
        (line["operation"], line["outcome"], tuple(item["code"] for item in line["findings"]))
        for line in added
    ]
    assert found == list(expected)


def _kinds(run: Run) -> list[str]:
    """List the kinds of the lines on standard error; a line of another form, a traceback say, fails."""
    matches = [_LINE.fullmatch(line) for line in run.stderr.splitlines()]
    assert all(matches), run.stderr
    return [match["kind"] for match in matches if match]


def _code(line: str) -> str | None:
    match = _CODE.search(line)
    return match["code"] if match else None


def _read_tree(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): sha256(path) if path.is_file() else "not a file"
        for path in folder.rglob("*")
    }
