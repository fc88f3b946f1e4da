"""PINs: from each source, asked for once, never retried, and never shown."""

import signal
import sys
import termios
from pathlib import Path

import pytest

from agent.exits import ExitStatus
from tests.cli.expect import audited, expect_failed, expect_refused, expect_warned, nothing_changes
from tests.cli.spying import Spy
from tests.cli.terminal import Terminal, at_terminal
from tests.support.lab import SECONDS, Lab, Run, Story

WRONG = "00000000wrong"


def sign(story: Story, **variables: str) -> Run:
    """Sign the form into `out.xlsx`."""
    output = story.form.with_name("out.xlsx")
    return story.lab.iki("sign", story.form, "--as", "manufacturer", "-o", output, variables=variables)


def read_pin(lab: Lab) -> str:
    """Read the manufacturer's PIN."""
    return lab.pin("manufacturer").read_text(encoding="utf-8").strip()


def write_program(story: Story, pin: str) -> Path:
    """Write a PIN program that also notes each time it runs, and let the configuration name it."""
    program = story.lab.folder / "ask.py"
    notes = story.lab.folder / "asked"
    program.write_text(f"open({str(notes)!r}, 'a').write('asked\\n')\nprint({pin!r})\nprint('second line')\n")
    story.lab.set_pin_source("manufacturer", f'{{ program = ["{sys.executable}", "{program}"] }}')
    return notes


def test_from_an_environment_variable(story: Story) -> None:
    """{ env = NAME }."""
    story.lab.set_pin_source("manufacturer", '{ env = "TEST_PIN" }')
    expect_warned(sign(story, TEST_PIN=read_pin(story.lab)))


def test_from_a_program(story: Story) -> None:
    """{ program = […] }: its first line, and it runs once."""
    notes = write_program(story, read_pin(story.lab))
    expect_warned(sign(story))
    assert notes.read_text() == "asked\n"


def test_no_program_inherits_the_pin_of_a_variable(story: Story) -> None:
    """Not the PIN program of another signer, and so neither the worker nor pinentry."""
    program = story.lab.folder / "ask.sh"
    told = story.lab.folder / "environment"
    program.write_text(f"#!/bin/sh\nenv > {told}\necho {read_pin(story.lab)}\n")
    program.chmod(0o700)
    story.lab.set_pin_source("manufacturer", f'{{ program = ["{program}"] }}')
    story.lab.set_pin_source("supplier", '{ env = "TEST_PIN" }')
    expect_warned(sign(story, TEST_PIN="73915-of-the-supplier"))
    assert "73915" not in told.read_text(encoding="utf-8")


def test_from_the_terminal(story: Story) -> None:
    """The prompt names token and signer; the PIN does not show."""
    story.lab.set_pin_source("manufacturer", '"prompt"')
    output = story.form.with_name("out.xlsx")
    pin = read_pin(story.lab).encode()
    with at_terminal(
        story.lab.configuration, "sign", story.form, "--as", "manufacturer", "-o", output
    ) as tty:
        tty.wait_for(b"PIN of the token manufacturer")
        tty.type(pin + b"\n")
        assert tty.wait() == ExitStatus.OK
    assert output.exists()
    assert pin not in tty.shown


def test_a_terminal_that_is_hung_up_has_its_echo_back(story: Story) -> None:
    """SIGHUP at the prompt ends the command as Ctrl-C does, and leaves the terminal as it was."""
    story.lab.set_pin_source("manufacturer", '"prompt"')
    with (
        audited(story.lab, ("csr", "failed", ("interrupted",))),
        at_terminal(story.lab.configuration, "csr", "--as", "manufacturer") as tty,
    ):
        tty.wait_for(b"PIN of the token manufacturer")
        silent = termios.tcgetattr(tty.master)[3] & termios.ECHO
        tty.process.send_signal(signal.SIGHUP)
        assert tty.process.wait(SECONDS) == ExitStatus.INTERRUPTED
        assert (silent, termios.tcgetattr(tty.master)[3] & termios.ECHO) == (0, termios.ECHO)


def test_a_wrong_pin_at_the_terminal_is_asked_for_once(story: Story) -> None:
    """Exit 6 at once: a second attempt is a person's decision, because tokens lock."""
    story.lab.set_pin_source("manufacturer", '"prompt"')
    spy = Spy.install(story.lab)
    output = story.form.with_name("out.xlsx")
    with (
        nothing_changes(story.form.parent),
        audited(story.lab, ("sign", "failed", ("pin-rejected",))),
        at_terminal(story.lab.configuration, "sign", story.form, "--as", "manufacturer", "-o", output) as tty,
    ):
        tty.wait_for(b"PIN of the token manufacturer")
        tty.type(WRONG.encode() + b"\n")
        assert tty.wait() == ExitStatus.TOKEN
    assert tty.shown.count(b"PIN of the token") == 1
    assert tty.shown.count(b"iki: error: ") == tty.shown.count(b"iki: hint: ") == 1
    assert WRONG.encode() not in tty.shown
    assert (spy.calls()["C_Login"], spy.calls()["C_Sign"]) == (1, 0)


@pytest.mark.parametrize("source", ["env", "file", "program"])
def test_a_wrong_pin_is_sent_once(story: Story, source: str) -> None:
    """The token sees one C_Login and no C_Sign; the PIN is in no message and not in the audit log."""
    spy = Spy.install(story.lab)
    if source == "env":
        story.lab.set_pin_source("manufacturer", '{ env = "TEST_PIN" }')
    elif source == "program":
        write_program(story, WRONG)
    else:
        story.lab.pin("manufacturer").write_text(WRONG)
    with (
        nothing_changes(story.form.parent),
        audited(story.lab, ("sign", "failed", ("pin-rejected",))),
    ):
        run = sign(story, TEST_PIN=WRONG)
        expect_failed(run, ExitStatus.TOKEN)
    assert (spy.calls()["C_Login"], spy.calls()["C_Sign"]) == (1, 0)
    assert WRONG not in run.stderr + story.lab.audit.read_text()


def test_a_rejected_pin_is_not_sent_by_the_next_process(story: Story) -> None:
    """Exit 6, on record, with no attempt at the token; the right PIN is taken as ever."""
    right = read_pin(story.lab)
    story.lab.set_pin_source("manufacturer", '{ env = "TEST_PIN" }')
    expect_failed(sign(story, TEST_PIN=WRONG), ExitStatus.TOKEN)
    spy = Spy.install(story.lab)
    with audited(story.lab, ("sign", "failed", ("pin-rejected-before",))):
        run = sign(story, TEST_PIN=WRONG)
        expect_failed(run, ExitStatus.TOKEN)
    assert spy.calls()["C_Login"] == 0
    assert "--final-try" in run.lines("hint")[0]
    expect_warned(sign(story, TEST_PIN=right))


def test_the_operator_may_insist(story: Story) -> None:
    """With --final-try the token is asked again; csr and key list know of the rejection too."""
    story.lab.set_pin_source("manufacturer", '{ env = "TEST_PIN" }')
    expect_failed(sign(story, TEST_PIN=WRONG), ExitStatus.TOKEN)
    spy = Spy.install(story.lab)
    for command in (("csr", "--as", "manufacturer"), ("key", "list", "--as", "manufacturer")):
        expect_failed(story.lab.iki(*command, variables={"TEST_PIN": WRONG}), ExitStatus.TOKEN)
        assert spy.calls()["C_Login"] == 0
    run = story.lab.iki("key", "list", "--as", "manufacturer", "--final-try", variables={"TEST_PIN": WRONG})
    expect_failed(run, ExitStatus.TOKEN)
    assert spy.calls()["C_Login"] == 1


def test_one_signature_is_one_login(story: Story) -> None:
    """And C_Sign signs once; OpenSC's spy saw it, not we."""
    spy = Spy.install(story.lab)
    expect_warned(sign(story))
    calls = spy.calls()
    assert (calls["C_Login"], calls["C_SignInit"]) == (1, 1)


def test_what_policy_refuses_never_reaches_the_token(story: Story) -> None:
    """No PIN is spent on an operation that will not be."""
    spy = Spy.install(story.lab)
    story.lab.revoke("manufacturer")
    expect_refused(sign(story), "revocation")
    assert (spy.calls()["C_Login"], spy.calls()["C_SignInit"]) == (0, 0)


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ('{ env = "TEST_PIN" }', "pin-unavailable"),
        ('"prompt"', "pin-unavailable"),
        ('{ program = ["/nonexistent/ask"] }', "pin-unavailable"),
        (f'{{ program = ["{sys.executable}", "-c", "raise SystemExit(3)"] }}', "pin-unavailable"),
        ('{ file = "pins/nobody.pin" }', "pin-unavailable"),
    ],
    ids=["variable not set", "no terminal", "no program", "program failed", "no file"],
)
def test_no_pin_to_be_had(story: Story, source: str, code: str) -> None:
    """Exit 6, on record, and no attempt at the token."""
    spy = Spy.install(story.lab)
    story.lab.set_pin_source("manufacturer", source)
    with nothing_changes(story.form.parent), audited(story.lab, ("sign", "failed", (code,))):
        expect_failed(sign(story), ExitStatus.TOKEN)
    assert spy.calls()["C_Login"] == 0


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660], ids=oct)
def test_a_pin_file_that_others_may_read_is_refused(story: Story, mode: int) -> None:
    """It is not read, and the hint is the chmod that mends it."""
    path = story.lab.pin("manufacturer")
    path.chmod(mode)
    with nothing_changes(story.form.parent), audited(story.lab, ("sign", "failed", ("pin-file-unsafe",))):
        run = sign(story)
        expect_failed(run, ExitStatus.TOKEN)
    assert f"chmod 600 {path}" in run.lines("hint")[0]


def test_a_pin_file_that_is_a_link_is_refused(story: Story) -> None:
    """What is checked is what is read."""
    path = story.lab.pin("manufacturer")
    target = path.rename(path.with_name("elsewhere"))
    path.symlink_to(target)
    with nothing_changes(story.form.parent):
        expect_failed(sign(story), ExitStatus.TOKEN)


def interrupt(story: Story) -> Terminal:
    """Press Ctrl-C at the prompt for the PIN."""
    story.lab.set_pin_source("manufacturer", '"prompt"')
    output = story.form.with_name("out.xlsx")
    with at_terminal(
        story.lab.configuration, "sign", story.form, "--as", "manufacturer", "-o", output
    ) as tty:
        tty.wait_for(b"PIN of the token manufacturer")
        tty.interrupt()
        assert tty.wait() == 130
    return tty


def test_interrupted_at_the_prompt(story: Story) -> None:
    """Ctrl-C ends it with 130; nothing was released, and the log says so."""
    with (
        nothing_changes(story.form.parent),
        audited(story.lab, ("sign", "failed", ("interrupted",))),
    ):
        tty = interrupt(story)
    assert b"Traceback" not in tty.shown


def test_an_interruption_is_told(story: Story) -> None:
    """A line says that nothing was released."""
    assert interrupt(story).shown.count(b"iki: error: ") == 1
