"""docs/schemas say what `--json` of the commands on policy, CRLs and evidence prints."""

import json
from pathlib import Path
from typing import Any

from agent.exits import ExitStatus
from tests.cli.test_schemas import check
from tests.crls.support import answering, free_port, serving
from tests.support.lab import Lab, Story, from_now, run_iki

_PARTIES = Path(__file__).resolve().parents[2] / "config" / "parties.toml"


def test_explanations_fit(story: Story) -> None:
    """With a workbook and without, allowed and refused, under a lowered rule."""
    policy = story.lab.folder / "policy.toml"
    policy.write_text(policy.read_text() + '\n[levels]\nimage-hash-missing = "inform"\n')
    for arguments in ((story.form, "--as", "manufacturer"), ("--as", "supplier")):
        check("policy-explain", story.lab.do("policy", "explain", *arguments, "--json").json)
    story.lab.do("lab", "revoke", "manufacturer")
    run = story.lab.iki("policy", "explain", story.form, "--as", "manufacturer", "--json")
    check("policy-explain", run.json)
    assert run.json["refuses"]


def test_a_checked_policy_fits(shared_story: Story) -> None:
    """With a party register and without."""
    policy = shared_story.lab.folder / "policy.toml"
    check("policy-check", run_iki("policy", "check", policy, "--json").json)
    run = run_iki("policy", "check", policy, "--parties", _PARTIES, "--json")
    check("policy-check", run.json)
    assert run.json["parties"] is not None


def test_what_is_said_of_crls_fits(story: Story) -> None:
    """Fetched, watched, imported, shown and judged: good, refused, failed and absent."""
    lab = story.lab
    old = (lab.crls / "issuing.crl").read_bytes()
    lab.do("lab", "revoke", "manufacturer")
    (lab.folder / "old.crl").write_bytes(old)
    with serving(answering((lab.crls / "issuing.crl").read_bytes())) as url:
        urls = [f"{url}/issuing.crl", f"http://127.0.0.1:{free_port()}/root.crl"]
        lab.configure('crls = ["crl"]', f"crls = {json.dumps(urls)}")
        lab.configure('store = "crls.sqlite"', 'store = "other.sqlite"')
        _check_run(lab, "crl-status", ExitStatus.INDETERMINATE)
        fetched = _check_run(lab, "crl-fetch", ExitStatus.INDETERMINATE)
        assert [item["outcome"] for item in fetched] == ["new", "failed"]
        lines = lab.iki("crl", "watch", "--for", "0.5", "--json").stdout.splitlines()
    assert len(lines) == 2
    for line in lines:
        check("crl-watch", json.loads(line))
    imported = _check_run(
        lab, "crl-import", ExitStatus.REFUSED, lab.folder / "old.crl", lab.crls / "root.crl"
    )
    assert [item["error"] for item in imported] == ["crl-rollback", None]
    _check_run(lab, "crl-show", ExitStatus.OK)
    _check_run(lab, "crl-show", ExitStatus.OK, lab.crls / "root.crl")
    status = _check_run(lab, "crl-status", ExitStatus.OK)
    assert [item["code"] for item in status["incidents"]] == ["crl-rollback"]


def _check_run(lab: Lab, name: str, status: int, *files: Path) -> Any:
    run = lab.iki(*name.split("-"), *files, "--json")
    assert run.status == status, run.stderr
    check(name, run.json)
    return run.json


def test_bundles_fit(story: Story, tmp_path: Path) -> None:
    """Written and judged again; passed, and of a revoked signer; by one's own anchor."""
    lab = story.lab
    check("evidence", lab.do("evidence", tmp_path / "a.zip", story.countersigned, "--json").json)
    check("evidence", run_iki("evidence", "verify", tmp_path / "a.zip", "--json").json)
    given = ("--trust-anchor", lab.root, "--json")
    check("evidence", run_iki("evidence", "verify", tmp_path / "a.zip", *given).json)
    lab.revoke("supplier")
    at = ("--at", from_now(hours=1))
    revoked = lab.iki("evidence", tmp_path / "b.zip", story.countersigned, *at, "--json")
    check("evidence", revoked.json)
    assert revoked.status == ExitStatus.INDETERMINATE
