"""Tokens that sign messages and no digests, for whoever runs `iki`."""

from pathlib import Path

import pytest

from agent.exits import ExitStatus
from tests.cli.expect import audited, expect_failed, nothing_changes
from tests.cli.test_failing_tokens import put_faults_before
from tests.support.faults import FaultModule
from tests.support.lab import Run, Story

Place = tuple[Story, FaultModule]


@pytest.fixture
def place(story: Story, tmp_path: Path) -> Place:
    """Return a story whose tokens are behind the fault module."""
    return story, put_faults_before(story.lab, tmp_path / "faults")


def _sign(story: Story) -> Run:
    return story.lab.iki("sign", story.form, "--as", "manufacturer", "-o", story.form.with_name("out.xlsx"))


@pytest.mark.parametrize("process", ["worker", "own"])
def test_workbooks_files_and_requests(place: Place, process: str) -> None:
    """Whatever is signed is known in its octets, and verifies as ever; `iki doctor` finds nothing missing."""
    story, faults = place
    faults.script("hashing")
    story.lab.configure("\n[trust]", f'\n[module.profile]\nprocess = "{process}"\n\n[trust]')
    assert _sign(story).status == ExitStatus.OK
    out = story.form.with_name("out.xlsx")
    assert story.lab.verify(out, first_only=True).verdict.sub_indication is None
    story.lab.do("sign", story.form, "--format", "cms", "--as", "manufacturer")
    story.lab.do("csr", "--as", "manufacturer")
    anchor = out.with_name("anchor.json")
    story.lab.do("audit", "anchor", "--as", "manufacturer", "-o", anchor)
    story.lab.do("audit", "verify", "--anchor", anchor)
    if process == "worker":
        doctor = story.lab.iki("doctor", "--as", "manufacturer")
        assert "CKM_ECDSA_SHA256" in doctor.stdout
    assert faults.list_violations() == {}


def test_a_token_without_either(place: Place) -> None:
    """The mechanisms that would do are named."""
    story, faults = place
    faults.script("hide 0x1041")
    with nothing_changes(story.form.parent), audited(story.lab, ("sign", "failed", ("mechanism-missing",))):
        run = _sign(story)
        expect_failed(run, ExitStatus.TOKEN)
    assert "CKM_ECDSA nor CKM_ECDSA_SHA256" in run.lines("error")[0]
    assert faults.calls("C_SignInit") == 0
