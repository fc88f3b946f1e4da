"""The output appears whole under its name or not at all, and nothing that was there is lost."""

import ctypes
import os
import resource
import secrets
import stat
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from agent.audit.log import AuditLog
from agent.audit.records import AuditRecord, Outcome, current_requester
from agent.exits import ExitStatus
from agent.operations import Operation
from tests.cli.expect import audited, expect_failed, expect_warned, nothing_changes
from tests.package.attacks.changes import put
from tests.support.lab import Run, Story, sha256
from tests.support.zips import edit

_PR_CAPBSET_DROP, _CAP_DAC_OVERRIDE, _CAP_DAC_READ_SEARCH = 24, 1, 2


def _limit_files(octets: int) -> Callable[[], None]:
    """Build what stands in for a full disk: no file of the process may grow beyond this."""
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (octets, octets))


def _set_private_umask() -> None:
    os.umask(0o077)


def _obey_rights() -> None:
    """Let the new process obey the rights of files, root's too (Linux; capabilities(7), prctl(2))."""
    if os.geteuid() == 0:
        for capability in (_CAP_DAC_OVERRIDE, _CAP_DAC_READ_SEARCH):
            ctypes.CDLL(None).prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0)


def sign(story: Story, output: Path, *more: str, before: Callable[[], None] | None = None) -> Run:
    """Sign the form into an output."""
    return story.lab.iki("sign", story.form, "--as", "manufacturer", "-o", output, *more, before=before)


def test_an_output_that_is_there_is_never_replaced(story: Story) -> None:
    """Whatever it is, also under the default name; no PIN is read for it and nothing was decided."""
    story.lab.pin("manufacturer").unlink()
    with nothing_changes(story.form.parent), audited(story.lab):
        expect_failed(sign(story, story.image), ExitStatus.USAGE)
        expect_failed(story.lab.iki("sign", story.form, "--as", "manufacturer"), ExitStatus.USAGE)
        expect_failed(story.lab.iki("cpl", "new", story.form), ExitStatus.USAGE)


def test_with_force_it_is_replaced(story: Story) -> None:
    """And is the new signature in whole."""
    before = sha256(story.signed)
    expect_warned(sign(story, story.signed, "--force"))
    assert sha256(story.signed) != before
    assert story.lab.verify(story.signed, first_only=True).signatures


def test_with_force_it_survives_a_refusal(story: Story) -> None:
    """What was to be replaced is still there when nothing replaces it."""
    story.lab.revoke("manufacturer")
    with nothing_changes(story.form.parent):
        assert sign(story, story.signed, "--force").status == ExitStatus.REFUSED


@pytest.mark.parametrize("name", ["form.xlsx", "link.xlsx", "form.bin"])
def test_the_input_is_never_the_output(story: Story, name: str) -> None:
    """Not with --force, not through a link, and neither is the image."""
    (story.form.parent / "link.xlsx").symlink_to(story.form)
    image = ("--image", str(story.image))
    with nothing_changes(story.form.parent):
        run = sign(story, story.form.parent / name, "--force", *image)
        expect_failed(run, ExitStatus.USAGE)


@pytest.mark.parametrize("output", ["nowhere/out.xlsx", "form.xlsx/out.xlsx", ".", "/dev/full", "x" * 300])
def test_an_output_that_cannot_be_is_known_before_the_pin(story: Story, output: str) -> None:
    """No such folder, a file for a folder, a folder itself, a device, a name too long."""
    story.lab.pin("manufacturer").unlink()
    with nothing_changes(story.form.parent), audited(story.lab):
        run = sign(story, story.form.parent / output, "--force")
        expect_failed(run, ExitStatus.USAGE)


@pytest.mark.skipif(os.geteuid() == 0 and sys.platform != "linux", reason="root may write everywhere")
def test_a_folder_that_may_not_be_written_is_known_before_the_pin(story: Story) -> None:
    """The rights of the folder decide."""
    story.lab.pin("manufacturer").unlink()
    story.form.parent.chmod(0o500)
    try:
        with nothing_changes(story.form.parent), audited(story.lab):
            run = sign(story, story.form.with_name("out.xlsx"), before=_obey_rights)
            expect_failed(run, ExitStatus.USAGE)
    finally:
        story.form.parent.chmod(0o700)


def enlarge(story: Story, octets: int) -> None:
    """Put a part that does not compress into the form, so that the output is larger than all else written."""
    part = secrets.token_bytes(octets)
    story.form.write_bytes(edit(story.form.read_bytes(), put("xl/media/random.xml", part)))


@pytest.mark.parametrize("octets", [400_000, 3_000_000])
def test_a_full_disk_leaves_nothing_behind(story: Story, octets: int) -> None:
    """No part of an output stays, and the record's last word is that nothing was released."""
    enlarge(story, octets)
    with nothing_changes(story.form.parent):
        run = sign(story, story.form.with_name("out.xlsx"), before=_limit_files(300_000))
        expect_failed(run, ExitStatus.USAGE)
    last = story.lab.read_audit()[-1]
    assert last["outcome"] in {"failed", "not-released"}
    assert [item["code"] for item in last["findings"]] == ["output-unwritable"]


def test_allowed_means_that_the_output_is_on_disk(story: Story) -> None:
    """docs/audit.md: an `allowed` line is written when only the name is missing yet."""
    enlarge(story, 400_000)
    with audited(story.lab, ("sign", "failed", ("output-unwritable",))):
        sign(story, story.form.with_name("out.xlsx"), before=_limit_files(300_000))


def test_no_audit_no_signature(story: Story) -> None:
    """When the record does not fit on the disk any more, no output appears and the log is as it was."""
    long = AuditRecord(
        operation=Operation.CSR,
        outcome=Outcome.FAILED,
        requester=current_requester(),
        file="a name as long as a log that has grown for years" * 10_000,
    )
    AuditLog(story.lab.audit).append(long)
    size = story.lab.audit.stat().st_size
    with nothing_changes(story.form.parent), audited(story.lab):
        run = sign(story, story.form.with_name("out.xlsx"), before=_limit_files(size + 100))
        expect_failed(run, ExitStatus.USAGE)
    assert str(story.lab.audit) in run.lines("error")[0]
    assert story.lab.iki("audit", "verify").status == ExitStatus.OK


@pytest.mark.parametrize("path", ["certificates", "config.toml/audit.jsonl", "/dev/null"])
def test_an_audit_log_that_cannot_be_written_is_known_before_the_pin(story: Story, path: str) -> None:
    """A folder, a file for a folder, a device: without a log nothing is signed."""
    story.lab.configure('path = "audit.jsonl"', f'path = "{path}"')
    story.lab.pin("manufacturer").unlink()
    with nothing_changes(story.form.parent):
        expect_failed(sign(story, story.form.with_name("out.xlsx")), ExitStatus.USAGE)


def test_the_rights_of_the_output_follow_the_umask(story: Story) -> None:
    """A private umask makes a private file."""
    output = story.form.with_name("out.xlsx")
    expect_warned(sign(story, output, before=_set_private_umask))
    assert stat.S_IMODE(output.stat().st_mode) == 0o600


def test_a_relative_output_is_relative_to_where_one_is(story: Story) -> None:
    """And the configuration's own paths are relative to the configuration."""
    folder = story.form.parent
    arguments = ("sign", story.form.name, "--as", "manufacturer", "-o", "out.xlsx")
    expect_warned(story.lab.iki(*arguments, cwd=folder))
    assert (folder / "out.xlsx").is_file()
