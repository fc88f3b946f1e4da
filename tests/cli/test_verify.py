"""`iki verify`: for anyone, without a token; its result is on standard output and in its exit status."""

import json
import shutil
from pathlib import Path

import pytest

from agent.exits import ExitStatus
from tests.cli.expect import audited, expect_failed, nothing_changes
from tests.support.lab import NOWHERE, Lab, Story, from_now, run_iki, sha256


def test_both_signers_are_shown(shared_story: Story) -> None:
    """The verdict, each signer with role and claimed time, and what no signature covers."""
    run = shared_story.lab.iki("verify", shared_story.countersigned)
    assert (run.status, run.stderr) == (ExitStatus.OK, "")
    first, *lines = run.stdout.splitlines()
    assert first == f"{shared_story.countersigned}: TOTAL-PASSED"
    assert sha256(shared_story.countersigned) in lines[0]
    for text in ("TEST Meter Works Ltd", "TEST Energy Supply Ltd", "/docProps/core.xml", "not proven"):
        assert text in run.stdout


def test_the_json_has_what_programs_need(shared_story: Story) -> None:
    """One object per file: verdict, digest, both signatures in order, and which one takes in which."""
    run = shared_story.lab.iki("verify", shared_story.countersigned, "--json")
    assert (run.status, run.stderr) == (ExitStatus.OK, "")
    (verdict,) = run.json
    assert verdict["file"] == str(shared_story.countersigned)
    assert verdict["sha256"] == sha256(shared_story.countersigned)
    assert (verdict["verdict"], verdict["sub_indication"], verdict["findings"]) == ("TOTAL-PASSED", None, [])
    first, second = verdict["signatures"]
    assert [first["role"], second["role"]] == ["manufacturer", "supplier"]
    assert (first["countersigns"], second["countersigns"]) == ([], [first["part"]])
    assert [first["uncovered"], second["uncovered"]] == [[], []]
    assert first["algorithm"] == "ecdsa-sha256"


def test_no_token_and_no_audit_are_needed(story: Story) -> None:
    """Without tokens, PINs, signers' certificates and the log it says the same, and adds to no log."""
    for folder in ("tokens", "pins", "certificates", "requests"):
        shutil.rmtree(story.lab.folder / folder)
    story.lab.audit.unlink()
    story.lab.configure('path = "/', 'path = "/dev/null/')
    with nothing_changes(story.form.parent), audited(story.lab):
        assert story.lab.iki("verify", story.countersigned).status == ExitStatus.OK


def test_nothing_has_to_be_written(story: Story) -> None:
    """With CRLs in files, whoever may only read can verify."""
    story.lab.configure('store = "crls.sqlite"', f'store = "{NOWHERE}/crls.sqlite"')
    assert story.lab.iki("verify", story.countersigned).status == ExitStatus.OK


def test_a_third_party_needs_an_anchor_and_crls_and_nothing_else(shared_story: Story) -> None:
    """No configuration; the issuing CA's certificate comes with the signature. A folder of CRLs or files."""
    lab = shared_story.lab
    anchor = ("--trust-anchor", lab.root)
    files = ("--crl", lab.crls / "root.crl", "--crl", lab.crls / "issuing.crl")
    for crls in (("--crl", lab.crls), files):
        run = run_iki("verify", shared_story.countersigned, *anchor, *crls)
        assert (run.status, run.stderr) == (ExitStatus.OK, "")


def test_a_third_party_without_crls_learns_that_they_are_missing(shared_story: Story) -> None:
    """Not shown to be unrevoked is INDETERMINATE/TRY_LATER, never passed; so is half of the CRLs."""
    lab = shared_story.lab
    for crls in ((), ("--crl", lab.crls / "issuing.crl")):
        run = run_iki("verify", shared_story.countersigned, "--trust-anchor", lab.root, *crls, "--json")
        assert run.status == ExitStatus.INDETERMINATE
        assert run.json[0]["sub_indication"] == "TRY_LATER"
        assert {finding["code"] for finding in run.json[0]["findings"]} == {"revocation"}


def test_a_stranger_to_the_trust_anchor_is_indeterminate(shared_story: Story, tmp_path: Path) -> None:
    """A perfect signature under another root, of the very same names, has no certification path."""
    other = Lab.create(tmp_path / "other")
    run = run_iki(
        "verify",
        shared_story.countersigned,
        "--trust-anchor",
        other.root,
        "--crl",
        shared_story.lab.crls,
        "--json",
    )
    assert run.status == ExitStatus.INDETERMINATE
    assert {item["verdict"] for item in run.json[0]["signatures"]} == {"INDETERMINATE"}
    assert {finding["code"] for finding in run.json[0]["findings"]} == {"certification-path"}


def test_without_any_anchor_nothing_is_judged(shared_story: Story) -> None:
    """Neither configuration nor --trust-anchor is a usage error."""
    expect_failed(run_iki("verify", shared_story.countersigned), ExitStatus.USAGE)


@pytest.mark.parametrize("option", ["--trust-anchor", "--crl"])
def test_trust_material_that_is_not_there_is_a_usage_error(shared_story: Story, option: str) -> None:
    """A mistyped name is told, not taken for `none`."""
    run = shared_story.lab.iki("verify", shared_story.countersigned, option, NOWHERE)
    expect_failed(run, ExitStatus.USAGE)


@pytest.mark.parametrize("option", ["--trust-anchor", "--crl"])
def test_trust_material_that_is_none_is_a_usage_error(shared_story: Story, option: str) -> None:
    """A workbook is no certificate and no CRL."""
    run = shared_story.lab.iki("verify", shared_story.countersigned, option, shared_story.form)
    expect_failed(run, ExitStatus.USAGE)


def test_an_unsigned_workbook_fails_for_both_roles(shared_story: Story) -> None:
    """Both signatures are asked for by default."""
    run = shared_story.lab.iki("verify", shared_story.form, "--json")
    assert run.status == ExitStatus.FAILED
    assert [item["code"] for item in run.json[0]["findings"]] == ["role-missing"] * 2


def test_a_workbook_without_countersignature_fails_unless_the_first_alone_is_asked_for(
    shared_story: Story,
) -> None:
    """A required role that is missing is TOTAL-FAILED; --require manufacturer asks for less."""
    lab, signed = shared_story.lab, shared_story.signed
    run = lab.iki("verify", signed, "--json")
    assert run.status == ExitStatus.FAILED
    assert [item["code"] for item in run.json[0]["findings"]] == ["role-missing"]
    assert run.json[0]["signatures"][0]["verdict"] == "TOTAL-PASSED"
    assert lab.iki("verify", signed, "--require", "manufacturer").status == ExitStatus.OK
    expect_failed(lab.iki("verify", signed, "--require", "supplier"), ExitStatus.USAGE)


@pytest.mark.parametrize(
    ("at", "status", "sub_indication"),
    [
        (from_now(days=-400), ExitStatus.FAILED, "NOT_YET_VALID"),
        (from_now(days=20), ExitStatus.OK, None),
        (from_now(days=40), ExitStatus.INDETERMINATE, "TRY_LATER"),
        (from_now(days=400), ExitStatus.INDETERMINATE, "OUT_OF_BOUNDS_NO_POE"),
    ],
    ids=["before the certificate", "while the CRL holds", "after the CRL", "after the certificate"],
)
def test_it_can_be_judged_as_of_another_time(
    shared_story: Story, at: str, status: ExitStatus, sub_indication: str | None
) -> None:
    """--at decides which certificates and CRLs are in force, and the report shows it."""
    run = shared_story.lab.iki("verify", shared_story.countersigned, "--at", at, "--json")
    assert (run.status, run.json[0]["sub_indication"], run.json[0]["at"]) == (status, sub_indication, at)


@pytest.mark.parametrize(
    "at",
    [
        "soon",
        "2026-13-01",
        "",
        "0001-01-01T00:00:00+05:00",
    ],
)
def test_a_time_that_is_none_is_a_usage_error(shared_story: Story, at: str) -> None:
    """Nothing is judged as of a time that was not understood."""
    expect_failed(shared_story.lab.iki("verify", shared_story.countersigned, "--at", at), ExitStatus.USAGE)


def test_of_several_files_the_worst_counts(story: Story) -> None:
    """8 is worse than 4, and 4 than 5; the JSON has one object per file, in the order asked."""
    lab = story.lab
    rubbish = story.form.with_name("rubbish.xlsx")
    rubbish.write_bytes(b"rubbish")
    files = (story.countersigned, story.form, rubbish)
    run = lab.iki("verify", *files, "--json")
    assert run.status == ExitStatus.DOCUMENT
    assert [item["file"] for item in run.json] == [str(file) for file in files]
    assert [item["verdict"] for item in run.json] == ["TOTAL-PASSED", "TOTAL-FAILED", "TOTAL-FAILED"]
    assert lab.iki("verify", story.countersigned, story.form).status == ExitStatus.FAILED
    lab.do("lab", "revoke", "manufacturer")
    assert lab.iki("verify", story.countersigned, story.form).status == ExitStatus.FAILED


def test_a_file_that_cannot_be_read_is_a_usage_error(shared_story: Story) -> None:
    """A name that is not there."""
    missing = shared_story.form.with_name("nothing.xlsx")
    expect_failed(shared_story.lab.iki("verify", missing), ExitStatus.USAGE)


def test_a_file_that_cannot_be_read_does_not_hide_the_others(shared_story: Story) -> None:
    """Of a pile of submissions the others are judged, and the exit status tells of the one that was not."""
    missing = shared_story.form.with_name("nothing.xlsx")
    run = shared_story.lab.iki("verify", shared_story.countersigned, missing, shared_story.form, "--json")
    assert [item["verdict"] for item in run.json] == ["TOTAL-PASSED", "TOTAL-FAILED"]
    assert str(missing) in run.lines("error")[0]
    assert run.status != ExitStatus.OK
    run = shared_story.lab.iki("verify", missing, shared_story.countersigned)
    assert run.status == ExitStatus.USAGE


def test_the_verdict_depends_on_the_octets_alone(shared_story: Story, tmp_path: Path) -> None:
    """A copy under any name and suffix gets the same verdict, but for its name and the time."""
    copy = tmp_path / "SUBMISSION (final).zip"
    shutil.copy(shared_story.countersigned, copy)
    at = ("--at", from_now(hours=1))
    first, second = (
        shared_story.lab.iki("verify", file, "--json", *at).json[0]
        for file in (shared_story.countersigned, copy)
    )
    assert json.dumps(first | {"file": ""}) == json.dumps(second | {"file": ""})
