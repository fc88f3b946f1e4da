"""What `iki` prints to: closed, full, or of another encoding; the exit status is always one of the table."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from agent.exits import ExitStatus
from tests.support.lab import SECONDS, Story, command_line, environment

STATUSES = {int(status) for status in ExitStatus} - {ExitStatus.INTERNAL}


def run(story: Story, *arguments: str | Path | bytes, stdout: int, **variables: str) -> tuple[int, str]:
    """Run with this standard output; returns exit status and standard error."""
    finished = subprocess.run(
        [*command_line(()), *arguments],
        env=environment(IKI_CONFIG=str(story.lab.configuration), **variables),
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=subprocess.PIPE,
        timeout=SECONDS,
        check=False,
    )
    return finished.returncode, finished.stderr.decode()


def test_a_full_standard_output(story: Story) -> None:
    """That is no defect of iki; the output has been released and stays."""
    output = story.form.with_name("out.xlsx")
    with Path("/dev/full").open("wb") as full:
        status, error = run(
            story, "sign", story.form, "--as", "manufacturer", "-o", output, stdout=full.fileno()
        )
    assert output.exists()
    assert status in STATUSES - {ExitStatus.OK}
    assert error.startswith("iki: error: ")


def test_a_reader_that_has_gone(story: Story) -> None:
    """`iki verify … | head -1`: no traceback, and never 0 for what was not read."""
    reading, writing = os.pipe()
    os.close(reading)
    try:
        status, error = run(story, "verify", story.form, stdout=writing)
    finally:
        os.close(writing)
    assert "Traceback" not in error
    assert status in STATUSES - {ExitStatus.OK}


@pytest.mark.parametrize("more", [(), ("--json",)], ids=["people", "programs"])
def test_an_encoding_that_lacks_the_name(story: Story, more: tuple[str, ...]) -> None:
    """A console of another code page, redirected: what it cannot say is escaped, and the status is true."""
    form = story.form.rename(story.form.with_name("größe.xlsx"))
    status, error = run(
        story,
        "sign",
        form,
        "--as",
        "manufacturer",
        *more,
        stdout=subprocess.DEVNULL,
        PYTHONIOENCODING="ascii",
    )
    assert (status, error) == (ExitStatus.OK, "")


@pytest.mark.skipif(sys.platform in {"win32", "darwin"}, reason="names are Unicode there")
def test_a_name_that_is_no_text(story: Story) -> None:
    """A file name is octets; one that is not UTF-8 is signed like another, also with --json."""
    name = os.fsencode(story.form.parent) + b"/form-\xff.xlsx"
    story.form.rename(os.fsdecode(name))
    status, error = run(
        story,
        "sign",
        name,
        "--as",
        "manufacturer",
        "--json",
        stdout=subprocess.DEVNULL,
        PYTHONIOENCODING="utf-8:strict",
    )
    assert (status, error) == (ExitStatus.OK, "")


def test_a_closed_standard_output(story: Story) -> None:
    """`>&-`: nobody wants the text; the verdict is the exit status."""
    command = [*command_line(("verify", story.countersigned))]
    finished = subprocess.run(
        ["sh", "-c", 'exec "$@" >&-', "sh", *command],
        env=environment(IKI_CONFIG=str(story.lab.configuration)),
        stderr=subprocess.PIPE,
        timeout=SECONDS,
        check=False,
    )
    assert finished.returncode in STATUSES
    assert b"Traceback" not in finished.stderr


def test_a_pipe_for_a_workbook_is_no_trap(story: Story) -> None:
    """A named pipe that nobody writes to is no regular file, and does not hold the command up."""
    path = story.form.with_name("pipe.xlsx")
    os.mkfifo(path)
    finished = subprocess.run(
        command_line(("verify", path)),
        env=environment(IKI_CONFIG=str(story.lab.configuration)),
        capture_output=True,
        timeout=SECONDS,
        check=False,
    )
    assert finished.returncode == ExitStatus.USAGE
