"""Every finding of the container is declared once, used from there, and on docs/findings.md."""

import ast
import re
from pathlib import Path

import pytest

from agent.report.findings_page import SECTIONS, build_findings_page

ROOT = Path(__file__).parents[2]
ROOMS = sorted(path.parent for path in (ROOT / "agent").rglob("findings.py") if path.parent.name != "agent")
"""Rooms with declarations."""
CONTAINERS = [room for room in ROOMS if room.is_relative_to(ROOT / "agent" / "formats")]
"""Of those, the ones in which every code is declared: the rules of the policy declare their own."""


def _names(room: Path) -> set[str]:
    """List the names that a room's findings.py declares."""
    tree = ast.parse((room / "findings.py").read_text(encoding="utf-8"))
    targets = [target for node in tree.body if isinstance(node, ast.Assign) for target in node.targets]
    return {target.id for target in targets if isinstance(target, ast.Name)} - {"DECLARED"}


def _sources(room: Path) -> list[Path]:
    return sorted(path for path in room.rglob("*.py") if path.name != "findings.py")


def test_the_page_is_current() -> None:
    """`make docs` would change nothing."""
    assert (ROOT / "docs" / "findings.md").read_text(encoding="utf-8") == build_findings_page()


def test_every_room_has_its_section() -> None:
    """What a room declares is on the page: a findings.py that nobody collects would be a secret."""
    declared = {name for room in ROOMS for name in _names(room) if not name.startswith("_")}
    assert sum(len(findings) for _, findings in SECTIONS) == len(declared)


def test_every_code_is_declared_once() -> None:
    """One code, one meaning, one clause; kebab-case, one sentence that fits in a table."""
    findings = [finding for _, declared in SECTIONS for finding in declared]
    assert len({finding.code for finding in findings}) == len(findings)
    for finding in findings:
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", finding.code)
        assert finding.meaning.endswith(".")
        assert finding.clause
        assert "|" not in finding.meaning + finding.clause


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: str(room.relative_to(ROOT)))
def test_every_declaration_is_used(room: Path) -> None:
    """A finding that nobody can report is not one."""
    words = set(re.findall(r"\w+", "".join(path.read_text(encoding="utf-8") for path in _sources(room))))
    assert {name for name in _names(room) if not name.startswith("_")} - words == set()


@pytest.mark.parametrize("room", CONTAINERS, ids=lambda room: str(room.relative_to(ROOT)))
def test_no_code_is_spelled_where_it_is_found(room: Path) -> None:
    """A check takes the declared finding: a code written out beside it could drift from its clause."""
    spelled = [
        f"{path.name}:{node.lineno}"
        for path in _sources(room)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and node.args
        and isinstance(node.args[0], ast.Constant)
        and re.fullmatch(r"(\w*\.)?(problem|Problem|Finding|\w+Error)", ast.unparse(node.func))
    ]
    assert spelled == []
