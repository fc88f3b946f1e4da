"""The content lint where keys are used: refused, audited, lowered, explained."""

from pathlib import Path

import pytest

from agent.errors import UsageError
from agent.exits import ExitStatus
from agent.findings import Level
from agent.service.workspace import load_policy
from agent.verdicts import Indication, SubIndication
from tests.cli.expect import audited, expect_failed, expect_refused, expect_warned, nothing_changes
from tests.support.lab import Lab, Story, run_iki
from tests.support.workbooks.crafted import Crafted, with_part

_HIDDEN = Crafted(rows='<row r="4" hidden="1"><c r="C4"><v>1</v></c></row>')


@pytest.fixture
def hidden(story: Story) -> Path:
    """Return a form with a hidden row on its second sheet."""
    path = story.form.with_name("hidden.xlsx")
    path.write_bytes(_HIDDEN.build())
    return path


def _set_levels(lab: Lab, text: str) -> None:
    policy = lab.folder / "policy.toml"
    policy.write_text(f"{policy.read_text(encoding='utf-8')}\n{text}", encoding="utf-8")


def test_signing_refuses_what_a_reader_does_not_see(story: Story, hidden: Path) -> None:
    """Exit status 3, no output, and the finding in the audit log."""
    with (
        nothing_changes(story.form.parent),
        audited(story.lab, ("sign", "refused", ("row-hidden",))) as added,
    ):
        expect_refused(story.lab.iki("sign", hidden, "--as", "manufacturer"), "row-hidden")
    assert added[0]["findings"][0]["where"] == "'Other'!C4"


def test_countersigning_refuses_it_too(story: Story, hidden: Path) -> None:
    """Whoever signs first may have another policy than whoever countersigns."""
    lenient = story.lab.copy(story.form.parent.parent / "lenient")
    lenient.inform_of("row-hidden")
    signed = lenient.sign(hidden, hidden.with_suffix(".signed.xlsx"))
    with audited(story.lab, ("countersign", "refused", ("row-hidden",))):
        expect_refused(story.lab.iki("countersign", signed, "--as", "supplier"), "row-hidden")


def test_a_lowered_lint_warns_and_is_named(story: Story, hidden: Path) -> None:
    """The output is made, the audit line names finding and lint, and the verifier makes up its own mind."""
    _set_levels(story.lab, '[lint.sign]\nrow-hidden = "warn"\n[lint.verify]\nrow-hidden = "inform"\n')
    output = hidden.with_suffix(".signed.xlsx")
    with audited(story.lab, ("sign", "allowed", ("row-hidden",))) as added:
        expect_warned(story.lab.iki("sign", hidden, "--as", "manufacturer", "-o", output), "row-hidden")
    assert added[0]["lowered"] == ["row-hidden"]
    verdict = story.lab.verify(output, first_only=True)
    assert verdict.verdict.indication is Indication.TOTAL_PASSED
    assert [(item.code, item.level) for item in verdict.findings] == [("row-hidden", Level.INFORM)]
    assert verdict.lowered == ("row-hidden",)


def test_a_verifier_warns_or_leaves_the_verdict_open(story: Story, hidden: Path) -> None:
    """A warning does not weigh; raised to refuse, the verdict is INDETERMINATE, SIG_CONSTRAINTS_FAILURE."""
    lenient = story.lab.copy(story.form.parent.parent / "lenient")
    lenient.inform_of("row-hidden")
    signed = lenient.sign(hidden, hidden.with_suffix(".signed.xlsx"))
    run = story.lab.iki("verify", signed, "--require", "manufacturer", "--json")
    assert run.status == ExitStatus.OK, run.stderr
    assert [(item["code"], item["level"]) for item in run.json[0]["findings"]] == [("row-hidden", "warn")]
    assert run.json[0]["lowered"] == []
    _set_levels(story.lab, '[lint.verify]\nrow-hidden = "refuse"\n')
    verdict = story.lab.verify(signed, first_only=True).verdict
    assert (verdict.indication, verdict.sub_indication) == (
        *(Indication.INDETERMINATE, SubIndication.SIG_CONSTRAINTS_FAILURE),
    )


def test_a_macro_is_signed_with_a_note_and_may_be_refused(story: Story) -> None:
    """The form's own tool workbook carries one."""
    form = story.form.with_name("macro.xlsm")
    form.write_bytes(with_part("vbaProject", name="xl/vbaProject.bin", of="xl/workbook.xml").build())
    run = story.lab.iki("sign", form, "--as", "manufacturer", "-o", form.with_suffix(".signed.xlsm"))
    assert (run.status, len(run.lines("note")), run.lines("warning")) == (ExitStatus.OK, 1, [])
    _set_levels(story.lab, '[lint.sign]\nmacro = "refuse"\n')
    run = story.lab.iki("sign", form, "--as", "manufacturer", "-o", form.with_suffix(".again.xlsm"))
    expect_refused(run, "macro")


def test_explaining_names_what_was_observed(story: Story, hidden: Path) -> None:
    """`policy explain` answers for the lint, and refuses as `sign` does."""
    run = story.lab.iki("policy", "explain", hidden, "--as", "manufacturer", "--json")
    assert run.status == ExitStatus.REFUSED
    (answer,) = [rule for rule in run.json["rules"] if rule["code"] == "row-hidden"]
    assert (answer["outcome"], answer["level"], answer["lowered"]) == ("refused", "refuse", False)
    assert [item["where"] for item in answer["findings"]] == ["'Other'!C4"]


@pytest.mark.parametrize("stage", ["sign", "verify"])
def test_a_lint_that_is_not_there_is_a_mistake(stage: str, tmp_path: Path) -> None:
    """A misspelt code must not pass for a decision; a rule is no lint."""
    for code in ("hidden-rows", "revocation"):
        path = tmp_path / "policy.toml"
        path.write_text(f'[lint.{stage}]\n{code} = "warn"\n')
        with pytest.raises(UsageError) as caught:
            load_policy(path)
        assert caught.value.code == "policy-lint-unknown"
        expect_failed(run_iki("policy", "check", path), ExitStatus.USAGE)


def test_checking_a_policy_names_the_lowered_lints(tmp_path: Path) -> None:
    """A raised one is not among them."""
    path = tmp_path / "policy.toml"
    path.write_text('[lint.sign]\nmacro = "refuse"\nrow-hidden = "warn"\n[lint.verify]\ncomment = "inform"\n')
    run = run_iki("policy", "check", path, "--json")
    assert run.json["lowered"] == ["comment", "row-hidden"]
