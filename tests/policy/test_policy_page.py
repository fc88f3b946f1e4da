"""docs/policy.md says what the rules say, and the examples are what they call themselves."""

from pathlib import Path

from agent.config.parties import parse_parties
from agent.formats.spreadsheet.lint import list_lints
from agent.policy.content import content_lints
from agent.policy.engine import list_rules
from agent.report.policy_page import build_policy_page

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "config" / "parties.toml"


def test_the_page_is_current() -> None:
    """`make docs` would change nothing."""
    assert (ROOT / "docs" / "policy.md").read_text(encoding="utf-8") == build_policy_page()


def test_every_rule_and_lint_is_on_the_page_once() -> None:
    """One row for each, and one rule or lint of the workbook for each code and each file."""
    codes = [rule.code for rule in list_rules()]
    rows = [line.split("`")[1] for line in build_policy_page().splitlines() if line.startswith("| `")]
    folders = [ROOT / "agent" / "policy" / name for name in ("rules", "form_rules")]
    files = {path.stem.replace("_", "-") for folder in folders for path in folder.glob("[a-z]*.py")}
    assert rows == [*codes, *content_lints()]
    assert len(set(rows)) == len(rows)
    assert files == set(codes)
    checks = (ROOT / "agent" / "formats" / "spreadsheet" / "lint" / "checks").glob("[a-z]*.py")
    assert {path.stem.replace("_", "-") for path in checks} == {lint.code for lint in list_lints()}


def test_the_example_register_is_one() -> None:
    """What a person copies can be read."""
    names = [party.name for party in parse_parties(EXAMPLE.read_bytes(), where=str(EXAMPLE)).parties]
    assert names == ["acme", "example-supply", "the-dcc"]
