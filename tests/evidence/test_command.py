"""`iki evidence`: both forms, their exit statuses, and what they say the bundle proves."""

from pathlib import Path

from agent.exits import ExitStatus
from tests.cli.expect import expect_failed, nothing_changes
from tests.evidence.parts import edit_verdict, read_members
from tests.support.lab import NOWHERE, Story, from_now, run_iki, sha256
from tests.support.signer import make_software_lab


def _write(story: Story, folder: Path, *arguments: str) -> Path:
    bundle = folder / "evidence.zip"
    story.lab.do("evidence", bundle, story.countersigned, *arguments)
    return bundle


def test_a_bundle_is_judged_again_without_anything_else(shared_story: Story, tmp_path: Path) -> None:
    """No configuration, no trust material, no token: the bundle alone, and the same verdict."""
    bundle = _write(shared_story, tmp_path)
    with nothing_changes(tmp_path):
        run = run_iki("evidence", "verify", bundle, "--json")
    assert (run.status, run.stderr) == (ExitStatus.OK, "")
    found = run.json
    arguments = ("--at", found["judged_at"], "--json")
    (verified,) = shared_story.lab.do("verify", shared_story.countersigned, *arguments).json
    assert found["sha256"] == sha256(bundle)
    assert (found["reproduced"], found["anchors_from"]) == (True, "bundle")
    for key in ("verdict", "sub_indication", "sha256", "signatures", "findings", "untrusted"):
        assert found["verdict"][key] == verified[key], key


def test_what_was_written_is_shown(shared_story: Story, tmp_path: Path) -> None:
    """The verdict as `iki verify` shows it, and the digest to note elsewhere."""
    run = shared_story.lab.iki("evidence", tmp_path / "e.zip", shared_story.countersigned)
    assert (run.status, run.stderr) == (ExitStatus.OK, "")
    assert "TOTAL-PASSED" in run.stdout
    assert sha256(tmp_path / "e.zip") in run.stdout


def test_people_are_told_whose_anchors_and_time_it_was(shared_story: Story, tmp_path: Path) -> None:
    """A bundle's own anchors prove nothing by themselves; with --trust-anchor they are the caller's."""
    bundle = _write(shared_story, tmp_path)
    own = run_iki("evidence", "verify", bundle).stdout
    given = run_iki("evidence", "verify", bundle, "--trust-anchor", shared_story.lab.root).stdout
    assert ("vouched for by nobody" in own, "--trust-anchor" in own) == (True, False)
    assert ("vouched for by nobody" in given, "given with --trust-anchor" in given) == (False, True)
    assert "not proven" in own


def test_another_anchor_makes_another_verdict(shared_story: Story, tmp_path: Path) -> None:
    """Under one's own anchor the own verdict counts: its status, and a warning that it is another one."""
    bundle = _write(shared_story, tmp_path)
    root = tmp_path / "root.crt"
    root.write_bytes(make_software_lab(tmp_path / "other").authority.root_certificate.der)
    run = run_iki("evidence", "verify", bundle, "--trust-anchor", root, "--json")
    assert run.status == ExitStatus.INDETERMINATE
    assert (run.json["reproduced"], run.json["recorded"]["verdict"]) == (False, "TOTAL-PASSED")
    assert len(run.lines("warning")) == 1


def test_what_happens_afterwards_changes_nothing(story: Story, tmp_path: Path) -> None:
    """Revoked later, lab gone: `iki verify` says so, the bundle says what was known then."""
    bundle = _write(story, tmp_path)
    story.lab.do("lab", "revoke", "manufacturer")
    assert story.lab.iki("verify", story.countersigned).status == ExitStatus.INDETERMINATE
    assert run_iki("evidence", "verify", bundle).status == ExitStatus.OK


def test_years_later_the_crls_of_then_count(story: Story, tmp_path: Path) -> None:
    """CRLs that were in force at the recorded time and are not any more: TRY_LATER now, passed then."""
    then, until = from_now(minutes=-30), from_now(minutes=-10)
    story.lab.do("lab", "crl", "--this-update", from_now(minutes=-50), "--next-update", until)
    bundle = _write(story, tmp_path, "--at", then)
    assert story.lab.iki("verify", story.countersigned).status == ExitStatus.INDETERMINATE
    run = run_iki("evidence", "verify", bundle, "--json")
    assert (run.status, run.json["judged_at"]) == (ExitStatus.OK, then)


def test_a_refusal_is_kept_with_the_status_of_verify(story: Story, tmp_path: Path) -> None:
    """A revoked signer, a missing countersignature, no workbook at all: 5, 4, 8, when written and again."""
    story.lab.do("lab", "revoke", "manufacturer", "--reason", "keyCompromise")
    garbage = tmp_path / "garbage.xlsx"
    garbage.write_bytes(b"not a workbook")
    cases = (
        (story.countersigned, ExitStatus.INDETERMINATE),
        (story.form, ExitStatus.FAILED),
        (garbage, ExitStatus.DOCUMENT),
    )
    for file, status in cases:
        bundle = tmp_path / f"{file.name}.zip"
        assert story.lab.iki("evidence", bundle, file).status == status
        assert run_iki("evidence", "verify", bundle).status == status


def test_the_manufacturer_alone_may_be_required(shared_story: Story, tmp_path: Path) -> None:
    """As `iki verify --require manufacturer`, and the bundle remembers."""
    bundle = tmp_path / "e.zip"
    shared_story.lab.do("evidence", bundle, shared_story.signed, "--require", "manufacturer")
    run = run_iki("evidence", "verify", bundle, "--json")
    assert (run.status, run.json["required"]) == (ExitStatus.OK, "manufacturer")


def test_a_third_party_needs_an_anchor_and_crls(shared_story: Story, tmp_path: Path) -> None:
    """Evidence without configuration, as for `iki verify`."""
    trust = ("--trust-anchor", shared_story.lab.root, "--crl", shared_story.lab.crls)
    run = run_iki("evidence", tmp_path / "e.zip", shared_story.countersigned, *trust, "--json")
    assert (run.status, run.json["policy"]) == (ExitStatus.OK, "built-in")
    assert run_iki("evidence", "verify", tmp_path / "e.zip").status == ExitStatus.OK


def test_a_changed_bundle_is_one_error(shared_story: Story, tmp_path: Path) -> None:
    """Nothing on standard output that could be taken for a verdict."""
    bundle = _write(shared_story, tmp_path)
    data = bytearray(bundle.read_bytes())
    data[len(data) // 2] ^= 1
    bundle.write_bytes(data)
    expect_failed(run_iki("evidence", "verify", bundle), ExitStatus.DOCUMENT)
    expect_failed(run_iki("evidence", "verify", shared_story.form), ExitStatus.DOCUMENT)


def test_a_bundle_that_contradicts_itself_is_an_error(shared_story: Story, tmp_path: Path) -> None:
    """Whole and consistent, but it does not come to what it records: 8, and both verdicts are shown."""
    from agent.formats.bundle import build_bundle  # noqa: PLC0415 - only what a forger does

    shared_story.lab.iki("evidence", tmp_path / "e.zip", shared_story.form)
    members = read_members((tmp_path / "e.zip").read_bytes())
    edit_verdict(members, lambda verdict: verdict.update(verdict="TOTAL-PASSED", sub_indication=None))
    (tmp_path / "forged.zip").write_bytes(build_bundle(members))
    run = run_iki("evidence", "verify", tmp_path / "forged.zip", "--json")
    assert (run.status, len(run.lines("error")), len(run.lines("hint"))) == (ExitStatus.DOCUMENT, 1, 1)
    assert (run.json["recorded"]["verdict"], run.json["verdict"]["verdict"]) == (
        "TOTAL-PASSED",
        "TOTAL-FAILED",
    )


def test_nothing_is_overwritten_unless_forced(shared_story: Story, tmp_path: Path) -> None:
    """Neither another file nor the document itself."""
    bundle = _write(shared_story, tmp_path)
    with nothing_changes(tmp_path, shared_story.form.parent):
        for output, more in ((bundle, ()), (shared_story.countersigned, ("--force",))):
            run = shared_story.lab.iki("evidence", output, shared_story.countersigned, *more)
            expect_failed(run, ExitStatus.USAGE)
    shared_story.lab.do("evidence", bundle, shared_story.countersigned, "--force")


def test_wrong_calls_are_usage_errors(shared_story: Story, tmp_path: Path) -> None:
    """Missing arguments, files that are not there, a role that cannot be asked for; no bundle appears."""
    lab, out = shared_story.lab, tmp_path / "e.zip"
    for arguments in (
        ("evidence", out),
        ("evidence", "verify"),
        ("evidence", "verify", NOWHERE),
        ("evidence", out, NOWHERE),
        ("evidence", "--json", out),
        ("evidence", out, shared_story.form, "--require", "supplier"),
        ("evidence", out, shared_story.form, "--crl", NOWHERE),
        ("evidence", Path(NOWHERE) / "e.zip", shared_story.form),
    ):
        expect_failed(lab.iki(*arguments), ExitStatus.USAGE)
    assert list(tmp_path.iterdir()) == []


def test_options_may_come_first(shared_story: Story, tmp_path: Path) -> None:
    """The group's default command takes whatever is no command's name; --help tells of both forms."""
    run = shared_story.lab.iki("evidence", "--json", tmp_path / "e.zip", shared_story.countersigned)
    assert (run.status, run.json["bundle"]) == (ExitStatus.OK, str(tmp_path / "e.zip"))
    text = run_iki("evidence", "--help").stdout
    assert ("OUT.zip" in text, "--require" in text, "  verify  " in text) == (True, True, True)
