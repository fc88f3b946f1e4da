"""`iki token soak`: a token is measured, nothing is signed that could be a document, and it is on record."""

from pathlib import Path

import pytest

from agent.exits import ExitStatus
from tests.cli.expect import audited, expect_failed
from tests.cli.test_failing_tokens import put_faults_before
from tests.cli.test_schemas import check
from tests.support.lab import Lab, Run, Story


def soak(lab: Lab, *arguments: str | Path) -> Run:
    """Measure for a second."""
    return lab.iki("token", "soak", "--as", "manufacturer", "--for", "1s", *arguments)


def test_a_token_is_measured(lab: Lab, tmp_path: Path) -> None:
    """The result fits its schema, the profile can be used as it is, and two lines are on record."""
    profile = tmp_path / "profile.toml"
    with audited(lab, ("token-soak", "begun", ()), ("token-soak", "done", ("token-soak",))) as lines:
        run = soak(lab, "--confirm", "manufacturer", "-o", profile, "--json")
    check("token-soak", run.json)
    assert (run.status, run.stderr) == (ExitStatus.OK, "")
    assert [level["sessions"] for level in run.json["levels"]] == [1, 2, 4, 8, 16, 30]
    assert all(level["signatures"] and level["error"] is None for level in run.json["levels"])
    total = sum(level["signatures"] for level in run.json["levels"]) + 1
    assert lines[1]["findings"][0]["message"].startswith(f"{total} ")
    lab.configure("\n[trust]", f"\n{profile.read_text()}\n[trust]")
    assert lab.iki("token", "list").status == ExitStatus.OK


@pytest.mark.parametrize("arguments", [(), ("--confirm", "signing")])
def test_it_is_confirmed_first(lab: Lab, arguments: tuple[str, ...]) -> None:
    """No terminal and no right name: nothing is signed."""
    expect_failed(soak(lab, *arguments), ExitStatus.USAGE)
    assert [line["outcome"] for line in lab.read_audit()][-1] == "failed"


@pytest.mark.parametrize("duration", ["60", "0s", "1h", "2h", "9999s", "s", "-1s"])
def test_a_duration_that_is_none(shared_story: Story, duration: str) -> None:
    """A usage error before anything else."""
    run = shared_story.lab.iki("token", "soak", "--as", "manufacturer", f"--for={duration}")
    expect_failed(run, ExitStatus.USAGE)


def test_a_key_with_a_quota_is_not_measured(lab: Lab) -> None:
    """Thousands of signatures are what a quota is there to prevent."""
    lab.configure(
        'object=signing"\ncertificate = "certificates/manufacturer',
        'object=signing"\nquota_per_day = 9\ncertificate = "certificates/manufacturer',
    )
    expect_failed(soak(lab, "--confirm", "manufacturer"), ExitStatus.USAGE)


def test_a_token_that_bears_few_sessions(lab: Lab, tmp_path: Path) -> None:
    """With four sessions at most, nothing above four is chosen, and the soak ends well."""
    faults = put_faults_before(lab, tmp_path / "faults")
    faults.script("sessions 4")
    run = soak(lab, "--confirm", "manufacturer", "--json")
    assert run.status == ExitStatus.OK, run.stderr
    check("token-soak", run.json)
    assert faults.counter("most_open") <= 4
    assert faults.list_violations() == {}


def test_a_session_that_is_lost_when_idle(lab: Lab, tmp_path: Path) -> None:
    """A module that serialises is measured with one session; a lost one is noticed."""
    faults = put_faults_before(lab, tmp_path / "faults")
    lab.configure("\n[trust]", "\n[module.profile]\nserialise = true\n\n[trust]")
    faults.script("C_Sign * sleep 1100", "C_SignInit 2 gone 0x32")
    run = soak(lab, "--confirm", "manufacturer", "--json")
    assert run.status == ExitStatus.OK, run.stderr
    assert [level["sessions"] for level in run.json["levels"]] == [1]
    assert (run.json["idle_dropped"], run.json["profile"]["serialise"]) == (True, True)


def test_a_token_that_cannot_sign(lab: Lab, tmp_path: Path) -> None:
    """Its own error, on record."""
    put_faults_before(lab, tmp_path / "faults").script("C_SignInit * return 0x70")
    lines = ("token-soak", "begun", ()), ("token-soak", "failed", ("mechanism-missing",))
    with audited(lab, *lines):
        expect_failed(soak(lab, "--confirm", "manufacturer"), ExitStatus.TOKEN)


def test_nobody_is_asked_for_a_pin_thousands_of_times(lab: Lab, tmp_path: Path) -> None:
    """A key that always authenticates, and a person at the pad: one login, and nothing is signed."""
    faults = put_faults_before(lab, tmp_path / "faults")
    pin = lab.pin("manufacturer").read_text(encoding="utf-8").strip()
    lab.set_pin_source("manufacturer", '"pad"')
    faults.script("always", f"pad {pin}")
    with audited(lab, ("token-soak", "failed", ("soak-asks",))):
        run = soak(lab, "--confirm", "manufacturer")
    assert (run.status, len(run.lines("error")), len(run.lines("hint"))) == (ExitStatus.USAGE, 1, 1)
    assert (faults.counter("prompts"), faults.calls("C_SignInit"), faults.list_violations()) == (1, 0, {})
