"""PINs at the token's own pad, and keys that want one for each signature, for whoever runs `iki`."""

from pathlib import Path

import pytest

from agent.exits import ExitStatus
from tests.cli.expect import audited, expect_failed, nothing_changes
from tests.cli.terminal import at_terminal
from tests.cli.test_failing_tokens import put_faults_before
from tests.support.faults import FaultModule
from tests.support.lab import Run, Story

Place = tuple[Story, FaultModule]
_WRONG = "99999999"


@pytest.fixture
def place(story: Story, tmp_path: Path) -> Place:
    """Return a story whose tokens are behind the fault module."""
    return story, put_faults_before(story.lab, tmp_path / "faults")


def _sign(story: Story, *options: str, **variables: str) -> Run:
    output = story.form.with_name("out.xlsx")
    return story.lab.iki(
        "sign", story.form, "--as", "manufacturer", "-o", output, *options, variables=variables
    )


def _pin(story: Story) -> str:
    return story.lab.pin("manufacturer").read_text(encoding="utf-8").strip()


def _expect_told(place: Place, code: str, *notes: str) -> None:
    """Sign, and expect one error with this code on record, a hint, and so many notes before it."""
    story, faults = place
    with nothing_changes(story.form.parent), audited(story.lab, ("sign", "failed", (code,))):
        run = _sign(story)
        assert run.lines("note") == list(notes)
        without = "".join(
            f"{line}\n" for line in run.stderr.splitlines() if not line.startswith("iki: note: ")
        )
        expect_failed(Run(run.status, run.stdout, without), ExitStatus.TOKEN)
    assert faults.list_violations() == {}


_NOTE = "enter the PIN on the pad of the token manufacturer"


@pytest.mark.parametrize("process", ["worker", "own"])
def test_signed_with_the_pin_of_the_pad(place: Place, process: str) -> None:
    """One note says where to enter it, and the token asks once."""
    story, faults = place
    story.lab.configure("\n[trust]", f'\n[module.profile]\nprocess = "{process}"\n\n[trust]')
    story.lab.set_pin_source("manufacturer", '"pad"')
    faults.script(f"pad {_pin(story)}")
    run = _sign(story)
    assert (run.status, run.lines("note")) == (ExitStatus.OK, [_NOTE]), run.stderr
    assert (faults.counter("prompts"), faults.journal("pin"), faults.list_violations()) == (1, [], {})


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        ((f"pad {_WRONG}",), "pin-rejected"),
        (("pad nothing",), "cancelled-at-token"),
        (("pad 1", "C_Login * return 0x5"), "token-error"),
    ],
    ids=["wrong", "cancelled", "error"],
)
def test_nobody_is_sent_to_the_pad_twice(place: Place, lines: tuple[str, ...], code: str) -> None:
    """One prompt for one command, whatever came of it."""
    story, faults = place
    story.lab.set_pin_source("manufacturer", '"pad"')
    faults.script(*lines)
    _expect_told(place, code, _NOTE)
    assert faults.calls("C_Login") == 1


def test_the_way_of_the_pin_is_checked_first(place: Place) -> None:
    """A pad that is not there, one that is and is not configured: told, with the setting that mends it."""
    story, faults = place
    faults.script("pad 1234")
    _expect_told(place, "pin-pad-demanded")
    story.lab.set_pin_source("manufacturer", '"pad"')
    faults.script()
    _expect_told(place, "pin-pad-missing")
    assert faults.calls("C_Login") == 0


def test_the_last_try_at_a_pad(place: Place) -> None:
    """It is refused before the prompt, unless the operator insists; then it is one prompt."""
    story, faults = place
    story.lab.set_pin_source("manufacturer", '"pad"')
    faults.script(f"pad {_WRONG}", "tries 2")
    _expect_told(place, "pin-rejected", _NOTE)
    _expect_told(place, "pin-final-try")
    assert faults.counter("prompts") == 1
    faults.script(f"pad {_pin(story)}", "tries 2")
    assert story.lab.iki("key", "list", "--as", "manufacturer", "--final-try").status == ExitStatus.OK
    assert faults.counter("prompts") == 2


def test_a_token_cannot_be_made_with_a_pin_of_its_pad(place: Place) -> None:
    """The PIN that is to be set has to be given; nothing is wiped."""
    story, _ = place
    story.lab.set_pin_source("manufacturer", '"pad"')
    run = story.lab.iki(
        *("token", "init", "--as", "manufacturer", "--so-pin-source", f"file:{story.lab.pin('supplier')}"),
    )
    assert run.status in (ExitStatus.TOKEN, ExitStatus.USAGE)
    assert len(run.lines("error")) == len(run.lines("hint")) == 1


def _program(story: Story, *answers: str) -> Path:
    """Let a PIN program give one answer after the other; returns what it notes."""
    notes = story.lab.folder / "asked"
    program = story.lab.folder / "ask.sh"
    cases = "".join(f"{number}) echo {text};; " for number, text in enumerate(answers, 1))
    program.write_text(f'#!/bin/sh\necho asked >> "{notes}"\ncase $(wc -l < "{notes}") in {cases}esac\n')
    program.chmod(0o700)
    story.lab.set_pin_source("manufacturer", f'{{ program = ["{program}"] }}')
    return notes


@pytest.mark.parametrize("process", ["worker", "own"])
@pytest.mark.parametrize(("cache", "asked"), [(None, 2), ('"never"', 2), ('"session"', 1), ("60", 1)])
def test_how_often_a_key_that_always_authenticates_asks(
    place: Place, process: str, cache: str | None, asked: int
) -> None:
    """For the login, and for the signature again unless `pin_cache` lets the PIN stand for that too."""
    story, faults = place
    pin = _pin(story)
    notes = _program(story, pin, pin)
    story.lab.configure("\n[trust]", f'\n[module.profile]\nprocess = "{process}"\n\n[trust]')
    if cache is not None:
        story.lab.configure('role = "manufacturer"', f'role = "manufacturer"\npin_cache = {cache}')
    faults.script("always")
    run = _sign(story)
    assert run.status == ExitStatus.OK, run.stderr
    assert len(notes.read_text().splitlines()) == asked
    assert (faults.calls("C_Login"), faults.list_violations()) == (2, {})


def test_the_terminal_asks_for_the_signature(place: Place) -> None:
    """The second prompt says what it is for; neither PIN shows."""
    story, faults = place
    faults.script("always")
    story.lab.set_pin_source("manufacturer", '"prompt"')
    pin = _pin(story).encode()
    output = story.form.with_name("out.xlsx")
    command = ("sign", story.form, "--as", "manufacturer", "-o", output)
    with at_terminal(story.lab.configuration, *command) as tty:
        tty.wait_for(b"PIN of the token manufacturer (signer manufacturer): ")
        tty.type(pin + b"\n")
        tty.wait_for(b"PIN of the token manufacturer (signer manufacturer), for one signature: ")
        tty.type(pin + b"\n")
        assert tty.wait() == ExitStatus.OK
    assert pin not in tty.shown


def test_a_pin_rejected_at_the_signature_is_remembered(place: Place) -> None:
    """It goes into the ledger: the next command does not send it, neither for a signature nor to log in."""
    story, faults = place
    right = _pin(story)
    faults.script("always")
    _program(story, right, _WRONG, right, _WRONG, _WRONG)
    _expect_told(place, "pin-rejected")
    assert faults.calls("C_Login") == 2
    _expect_told(place, "pin-rejected-before")
    assert faults.calls("C_Login") == 3
    _expect_told(place, "pin-rejected-before")
    assert faults.calls("C_Login") == 3


def test_a_pad_is_asked_for_each_signature(place: Place) -> None:
    """Two notes, two prompts."""
    story, faults = place
    story.lab.set_pin_source("manufacturer", '"pad"')
    faults.script("always", f"pad {_pin(story)}")
    run = _sign(story)
    assert (run.status, run.lines("note")) == (ExitStatus.OK, [_NOTE, _NOTE]), run.stderr
    assert (faults.counter("prompts"), faults.list_violations()) == (2, {})


def test_a_key_is_destroyed_and_made_with_the_pin_of_the_pad(place: Place) -> None:
    """Provisioning asks there too, once for each command."""
    story, faults = place
    story.lab.set_pin_source("manufacturer", '"pad"')
    faults.script(f"pad {_pin(story)}")
    gone = story.lab.iki(
        "key", "destroy", "--as", "manufacturer", "--confirm", "signing", "--with-certificate"
    )
    made = story.lab.iki("key", "generate", "--as", "manufacturer")
    assert (gone.status, made.status) == (ExitStatus.OK, ExitStatus.OK), gone.stderr + made.stderr
    assert _NOTE in gone.lines("note")
    assert _NOTE in made.lines("note")
    assert (faults.counter("prompts"), faults.journal("pin"), faults.list_violations()) == (2, [], {})
