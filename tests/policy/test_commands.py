"""`iki policy explain` and `iki policy check`, and the rules about access, as people meet them."""

import json
import os
import pwd
from pathlib import Path

import pytest

from agent.exits import ExitStatus
from agent.policy.engine import list_rules
from tests.cli.expect import expect_failed, expect_refused
from tests.support.lab import Lab, Run, Story, from_now, run_iki


def _answers(run: Run) -> dict[str, str]:
    return {rule["code"]: rule["outcome"] for rule in run.json["rules"]}


def _restrict(lab: Lab, line: str, name: str = "manufacturer") -> None:
    lab.configure(f"[signers.{name}]\n", f"[signers.{name}]\n{line}\n")


def test_explaining_a_good_signature(story: Story) -> None:
    """Every rule answers, nothing is written, no PIN is needed, and the key's rule is left open."""
    story.lab.pin("manufacturer").unlink()
    before = story.lab.read_audit()
    run = story.lab.iki("policy", "explain", story.form, "--as", "manufacturer", "--json")
    assert run.status == ExitStatus.OK, run.stderr
    assert [rule["code"] for rule in run.json["rules"]] == [rule.code for rule in list_rules()]
    found = _answers(run)
    assert {found.pop("key-matches-certificate"), found.pop("four-eyes")} == {"not-applicable"}
    assert found["revocation"] == found["countersigner-for-device-type"] == found["clock"] == "passed"
    assert set(found.values()) == {"passed", "not-applicable"}
    assert run.json["refuses"] is False
    assert run.json["role_basis"] == "role-code"
    assert story.lab.read_audit() == before


def test_explaining_a_key_alone(story: Story) -> None:
    """Without a workbook the rules about one do not apply."""
    run = story.lab.iki("policy", "explain", "--as", "supplier", "--json")
    assert run.status == ExitStatus.OK, run.stderr
    applied = {code for code, outcome in _answers(run).items() if outcome == "passed"}
    assert applied == {
        *("certificate-validity", "certification-path", "revocation", "key-usage", "algorithm"),
        *("signer-party", "requester", "clock"),
    }
    assert (run.json["file"], run.json["operation"]) == (None, "countersign")


def test_explaining_a_refusal(story: Story) -> None:
    """It ends with policy's exit status, and shows the evidence of the rule that refuses."""
    story.lab.do("lab", "revoke", "manufacturer")
    run = story.lab.iki("policy", "explain", story.form, "--as", "manufacturer", "--json")
    assert run.status == ExitStatus.REFUSED
    assert _answers(run)["revocation"] == "refused"
    rule = next(rule for rule in run.json["rules"] if rule["code"] == "revocation")
    assert "REVOKED" in rule["evidence"][0]
    assert rule["findings"][0]["hint"]
    text = story.lab.iki("policy", "explain", story.form, "--as", "manufacturer")
    assert (text.status, text.stderr) == (ExitStatus.REFUSED, "")
    assert "REFUSED" in text.stdout


def test_an_image_needs_a_workbook(story: Story) -> None:
    """There is nothing to compare it with otherwise."""
    run = story.lab.iki("policy", "explain", "--as", "manufacturer", "--image", story.image)
    expect_failed(run, ExitStatus.USAGE)


def test_a_policy_file_that_can_be_used(tmp_path: Path) -> None:
    """It is named with its digest and what it lowers."""
    path = tmp_path / "policy.toml"
    path.write_text('[levels]\nimage-hash-missing = "warn"\n')
    run = run_iki("policy", "check", path, "--json")
    assert run.status == ExitStatus.OK, run.stderr
    assert run.json["lowered"] == ["image-hash-missing"]
    assert "image-hash-missing" in run_iki("policy", "check", path).stdout


@pytest.mark.parametrize(
    "text",
    ["grace = 1\n", '[levels]\nclock = "warn"\n', '[levels]\nno-rule = "warn"\n', "curves = []\n", "= 1\n"],
)
def test_a_policy_file_that_cannot(tmp_path: Path, text: str) -> None:
    """Unknown keys, rules that stand, and what is no TOML are usage errors."""
    path = tmp_path / "policy.toml"
    path.write_text(text)
    expect_failed(run_iki("policy", "check", path), ExitStatus.USAGE)


def test_a_register_is_checked_too(tmp_path: Path) -> None:
    """A wrong party register is a usage error."""
    policy, parties = tmp_path / "policy.toml", tmp_path / "parties.toml"
    policy.write_text("")
    parties.write_text("version = 1\n")
    expect_failed(run_iki("policy", "check", policy, "--parties", parties), ExitStatus.USAGE)


def test_another_requester_is_refused_before_the_pin(story: Story) -> None:
    """Signing and certification requests are refused alike, and recorded."""
    lab = story.lab
    _restrict(lab, 'requesters = ["uid:4000000000"]')
    lab.pin("manufacturer").unlink()
    out = story.form.with_name("out")
    expect_refused(lab.iki("sign", story.form, "--as", "manufacturer", "-o", out), "requester")
    expect_refused(lab.iki("csr", "--as", "manufacturer", "-o", out), "requester")
    assert [line["outcome"] for line in lab.read_audit()[-2:]] == ["refused", "refused"]
    assert not out.exists()


def test_the_requester_is_who_the_system_says(story: Story) -> None:
    """The user database decides, not the environment."""
    name = pwd.getpwuid(os.getuid()).pw_name
    _restrict(story.lab, f'requesters = ["{name}"]')
    story.lab.do("policy", "explain", "--as", "manufacturer")
    _restrict(story.lab, 'requesters = ["mallory"]', "supplier")
    run = story.lab.iki(
        "policy", "explain", "--as", "supplier", variables={"USER": "mallory", "LOGNAME": "mallory"}
    )
    assert run.status == ExitStatus.REFUSED


def test_a_quota_is_counted_from_the_audit_log(story: Story) -> None:
    """With one signature left of the quota it is made, and the next one is refused."""
    used = [
        line
        for line in story.lab.read_audit()
        if line["signer"] == "manufacturer" and line["outcome"] in {"allowed", "released"}
    ]
    _restrict(story.lab, f"quota_per_day = {len(used) + 1}")
    folder = story.form.parent
    story.lab.sign(story.form, folder / "second.xlsx")
    run = story.lab.iki("sign", story.form, "--as", "manufacturer", "-o", folder / "third.xlsx")
    expect_refused(run, "quota")
    assert not (folder / "third.xlsx").exists()


def test_a_crl_from_tomorrow_means_that_the_clock_is_wrong(story: Story) -> None:
    """A list that the CA issued later than now refuses by the clock, beside what it does to revocation."""
    story.lab.do("lab", "crl", "--this-update", from_now(days=1), "--next-update", from_now(days=2))
    run = story.lab.iki("policy", "explain", "--as", "manufacturer", "--json")
    assert _answers(run)["clock"] == "refused"


def test_the_register_rules_at_verification_too(story: Story) -> None:
    """A supplier who is not registered passes no verdict, and the report names the register."""
    lab = story.lab
    register = lab.folder / "parties.toml"
    lab.configure('file = "policy.toml"', 'file = "policy.toml"\nparties = "parties.toml"')
    maker = '[parties.maker]\norganisation = "TEST Meter Works Ltd"\nroles = ["manufacturer"]\n'
    supplier = '[parties.supply]\norganisation = "TEST Energy Supply Ltd"\nroles = ["supplier"]\n'
    for text, status in ((maker, ExitStatus.INDETERMINATE), (maker + supplier, ExitStatus.OK)):
        register.write_text(f"version = 1\n{text}")
        run = lab.iki("verify", story.countersigned, "--json")
        assert (run.status, run.json[0]["role_basis"]) == (status, "party-register"), run.stdout
    lab.sign(story.form, story.form.with_name("again.xlsx"))
    assert json.loads(lab.audit.read_text().splitlines()[-1])["parties_sha256"]


def test_a_verifier_reads_the_form_of_what_was_countersigned(story: Story) -> None:
    """A Device that the DCC countersigned, under a mapping that did not know the form, fails."""
    lab = story.lab
    mapping = lab.folder / "other-form.toml"
    mapping.write_text('version = 1\nrequired = ["model"]\n[fields]\nmodel = ["No such heading"]\n')
    text = lab.configuration.read_text()
    lab.configuration.write_text(f'{text}\n[form]\nmapping = "other-form.toml"\n')
    output = lab.countersign(story.signed, story.form.with_name("dcc.xlsx"), signer="dcc")
    assert lab.iki("verify", output).status == ExitStatus.OK
    lab.configuration.write_text(text)
    run = lab.iki("verify", output, "--json")
    assert run.status == ExitStatus.FAILED
    assert [item["code"] for item in run.json[0]["findings"]] == ["countersigner-for-device-type"]
