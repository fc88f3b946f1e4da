"""`iki verify` at a terminal: the facts of the plain lines, in compact form."""

import re
from pathlib import Path

from openpyxl import load_workbook

from agent.exits import ExitStatus
from tests.cli.terminal import at_terminal
from tests.support.lab import Story

_ESCAPE = re.compile(r"\x1b\[[0-9;]*m")
_AT = re.compile(r"judged at [^\s,]+")


def _at_terminal(story: Story, file: Path) -> tuple[int, str]:
    """Verify at a terminal that can do colours."""
    with at_terminal(story.lab.configuration, "verify", file, kind="xterm-256color") as terminal:
        status = terminal.wait()
        return status, terminal.shown.decode()


def test_the_same_facts_at_a_terminal(story: Story, tmp_path: Path) -> None:
    """Every word of the plain lines is there, in colour; the exit status is the same."""
    changed = tmp_path / "changed.xlsx"
    assert story.lab.iki("lab", "tamper", story.countersigned, "-o", changed).status == ExitStatus.OK
    plain = story.lab.iki("verify", changed)
    status, shown = _at_terminal(story, changed)
    assert (plain.status, status) == (ExitStatus.FAILED, ExitStatus.FAILED)
    assert _ESCAPE.search(shown)
    words = "".join(_ESCAPE.sub("", shown).split())
    for line in plain.stdout.splitlines():
        for fact in re.split(
            r", SHA-256 |: (?=TOTAL)|^ *(?=manufacturer|supplier): ", _AT.sub("judged at", line)
        ):
            said = fact.strip().removeprefix("manufacturer: ").removeprefix("supplier: ")
            assert "".join(said.split()) in words, (said, shown)


def test_what_a_document_is_called_does_not_steer_the_terminal(story: Story, tmp_path: Path) -> None:
    """Escapes and markup in names are shown, and never obeyed."""
    file = tmp_path / "[bold]\x1b[31mform.xlsx"
    load_workbook(story.form).save(file)
    _, shown = _at_terminal(story, file)
    text = _ESCAPE.sub("", shown)
    assert "[bold]\\x1b[31mform.xlsx" in "".join(text.split())
