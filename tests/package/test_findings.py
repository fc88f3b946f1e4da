"""Every finding of a verdict is declared once, used from there, and on docs/findings.md."""

import ast
import re
from collections import Counter
from pathlib import Path

import pytest

from agent.pki.crl_sources import CRL_SOURCE_NOTES
from agent.policy.content import content_lints
from agent.report.findings_page import RULE_CODES, SECTIONS, build_findings_page
from tests.cms.attacks import EDITS
from tests.package.attacks import ATTACKS

ROOT = Path(__file__).parents[2]
_REPORTING = re.compile(r"(\w*\.)?(problem|Problem|Finding|(?!MalformedDER)\w+Error|\w+Mismatch)")
"""Calls that make a finding, or an error that becomes one; the DER reader has no codes."""
ROOMS = sorted(path.parent for path in (ROOT / "agent").rglob("findings.py") if path.parent.name != "agent")
"""Rooms with declarations."""
CHECKS = sorted(
    {
        path
        for room in ROOMS
        if room.parent.name == "formats"
        for path in room.rglob("*.py")
        if path.name != "findings.py"
    }
    | {
        ROOT / "agent" / name
        for name in (
            "policy/signature_set.py",
            "policy/timestamps.py",
            "service/detached_verification.py",
            "service/examination.py",
            "service/verification.py",
        )
    }
)
"""Where findings are reported, and every code is declared: the rules of the policy declare their own."""


def _names(room: Path) -> set[str]:
    """List the names that a room's findings.py declares."""
    tree = ast.parse((room / "findings.py").read_text(encoding="utf-8"))
    targets = [target for node in tree.body if isinstance(node, ast.Assign) for target in node.targets]
    return {target.id for target in targets if isinstance(target, ast.Name)} - {"DECLARED", "OF_ANSWERS"}


def test_the_page_is_current() -> None:
    """`make docs` would change nothing."""
    assert (ROOT / "docs" / "findings.md").read_text(encoding="utf-8") == build_findings_page()


def test_every_room_has_its_section() -> None:
    """What a room declares is on the page: a findings.py that nobody collects would be a secret."""
    declared = {name for room in ROOMS for name in _names(room) if not name.startswith("_")}
    assert sum(len(findings) for _, findings in SECTIONS) == len(declared)


def test_every_way_in_which_a_fetch_fails_is_on_the_page() -> None:
    """The kinds of failure are those that the code names, and the refusals of the store have their rows."""
    code = (ROOT / "agent" / "service" / "http.py").read_text(encoding="utf-8")
    kinds = re.findall(r"failure\(\s*\"([a-z-]+)\"", code)
    of_http = {name for name in CRL_SOURCE_NOTES if name.startswith("crl-http-")}
    assert {f"crl-http-{kind}" for kind in (*kinds, "tls")} == of_http


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
    sources = (path for path in (ROOT / "agent").rglob("*.py") if path != room / "findings.py")
    words = set(re.findall(r"\w+", "".join(path.read_text(encoding="utf-8") for path in sources)))
    declared = {name for name in _names(room) if not name.startswith("_")}
    assert declared - words - _of_values(room) == set()


def _of_values(room: Path) -> set[str]:
    """List what is found by the code of an error, in findings.py itself."""
    shared = {"KEY_ALGORITHM_MISMATCH", "KEY_MALFORMED", "SIGNATURE_VALUE_WRONG"}
    return shared if room.name == "formats" else set()


@pytest.mark.parametrize("path", CHECKS, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_code_is_spelled_where_it_is_found(path: Path) -> None:
    """A check takes the declared finding: a code written out beside it could drift from its clause."""
    spelled = [
        node.lineno
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and node.args
        and isinstance(node.args[0], ast.Constant)
        and re.fullmatch(
            r"(\w*\.)?(_?problem|Problem|Finding|(?!MalformedDER)\w+Error|\w+Mismatch)",
            ast.unparse(node.func),
        )
    ]
    assert spelled == []


def test_every_code_of_the_attacks_is_on_the_page() -> None:
    """What the corpora are refused by can be looked up, once: rules and lints too."""
    page = (ROOT / "docs" / "findings.md").read_text(encoding="utf-8")
    codes = (
        {item.code for item in ATTACKS}
        | {item.code for item in EDITS}
        | set(RULE_CODES)
        | set(content_lints())
    )
    listed = Counter(re.findall(r"^\| `([a-z0-9-]+)` \|", page, re.MULTILINE))
    listed.update(
        re.findall(r"`([a-z0-9-]+)`[,.]", page.split("## Certificates and roles")[1].split("##")[0])
    )
    assert {code: listed[code] for code in codes if listed[code] != 1} == {}
    assert set(listed.values()) == {1}
