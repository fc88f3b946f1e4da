"""Where PINs are left: in no variable that a program inherits, and in no memory they were read into."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from agent.config.pin_sources import PINDescriptor, PINEnvironment, PINFile
from agent.service.pins import variables
from tests.service.test_pins import PIN_TEXT, reveal, script


@pytest.fixture(autouse=True)
def _variables(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no test find what another took out of the environment."""
    monkeypatch.setattr(variables, "_taken", {})


@pytest.fixture
def pin_file(tmp_path: Path) -> Path:
    """Make a PIN file as it should be."""
    path = tmp_path / "a.pin"
    path.write_text(PIN_TEXT + "\n", encoding="utf-8")
    path.chmod(0o600)
    return path


def test_an_environment_variable_is_nobodys_else_from_then_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """It may be read again, for another login, but no program inherits it."""
    monkeypatch.setenv("ACME_PIN", PIN_TEXT)
    assert [reveal(PINEnvironment("ACME_PIN")) for _ in range(2)] == [PIN_TEXT] * 2
    assert "ACME_PIN" not in os.environ
    told = subprocess.run(["env"], capture_output=True, check=True).stdout
    assert b"ACME_PIN" not in told


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="no /proc")
def test_the_variable_is_overwritten_where_the_system_put_it() -> None:
    """`/proc/PID/environ` shows what a process was started with, for as long as it lives."""
    program = """
import pathlib
from agent.config.pin_sources import PINEnvironment
from agent.service.pins.variables import withhold_variables
assert b"27281828" in pathlib.Path("/proc/self/environ").read_bytes()
withhold_variables([PINEnvironment("ACME_PIN")])
print(pathlib.Path("/proc/self/environ").read_bytes().count(b"27281828"))
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | {"ACME_PIN": "27281828"},
        capture_output=True,
        check=True,
    )
    assert done.stdout == b"0\n"


@pytest.mark.parametrize("read", ["file", "program", "descriptor"])
def test_what_was_read_is_overwritten(
    read: str, pin_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The memory that the system wrote the PIN into holds nothing once the PIN is built."""
    seen: list[bytearray] = []
    real = os.readv

    def spy(descriptor: int, buffers: list[bytearray | memoryview]) -> int:
        first = buffers[0]
        seen.append(first if isinstance(first, bytearray) else first.obj)  # type: ignore[arg-type]
        return real(descriptor, buffers)

    monkeypatch.setattr(os, "readv", spy)
    if read == "file":
        text = reveal(PINFile(pin_file))
    elif read == "program":
        text = reveal(script(tmp_path, f"cat {pin_file}"))
    else:
        with pin_file.open("rb") as opened:
            text = reveal(PINDescriptor(opened.fileno()))
    assert text == PIN_TEXT
    assert seen
    assert not any(any(each) for each in seen)
