"""The PIN prompt: at a terminal, without echo, or not at all."""

import getpass
import os
import pty
import subprocess
import sys
from types import SimpleNamespace

import pytest

from agent.errors import TokenError
from agent.service.pins.terminal import prompt_on_terminal

PROMPTER = """
import sys
from agent.errors import TokenError
from agent.service.pins.terminal import prompt_on_terminal
try:
    text = prompt_on_terminal("PIN of acme")
except TokenError as error:
    text = error.code
print("got", text.encode().hex(), flush=True)
"""


def test_without_a_terminal_nobody_is_asked() -> None:
    """In a job without a terminal the prompt is an error at once, and takes nothing from standard input."""
    finished = subprocess.run(
        [sys.executable, "-c", PROMPTER],
        input=b"1234\n",
        capture_output=True,
        check=True,
        start_new_session=True,
    )
    assert finished.stdout.split() == [b"got", b"pin-unavailable".hex().encode()]


def test_a_terminal_that_would_echo_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where echo cannot be switched off Python only warns; that is not enough for a PIN."""
    monkeypatch.setattr("sys.stdin", SimpleNamespace(isatty=lambda: True, readline=lambda: "Schl\n"))
    monkeypatch.setattr("getpass.getpass", getpass.fallback_getpass)  # type: ignore[attr-defined]
    with pytest.raises(TokenError) as caught:
        prompt_on_terminal("PIN of acme")
    assert caught.value.code == "pin-unavailable"


@pytest.mark.parametrize(("typed", "expected"), [(b"12 34\n", "12 34"), (b"\x04", "pin-unavailable")])
def test_at_a_terminal_the_pin_is_asked_for_without_echo(typed: bytes, expected: str) -> None:
    """On a real pseudo-terminal the label shows and the PIN does not; end of file is an error."""
    master, slave = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-c", PROMPTER], stdin=slave, stdout=slave, stderr=slave, start_new_session=True
    ) as process:
        os.close(slave)
        shown = b""
        while b"PIN of acme: " not in shown:
            shown += os.read(master, 1024)
        os.write(master, typed)
        while b"got " not in shown or not shown.endswith(b"\n"):
            shown += os.read(master, 1024)
        assert process.wait(timeout=20) == 0
    os.close(master)
    assert shown.split()[-1].decode() == expected.encode().hex()
    assert b"12 34" not in shown
