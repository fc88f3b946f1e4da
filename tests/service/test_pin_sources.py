"""PINs from pinentry, descriptors, systemd credentials and keyrings."""

import os
import stat
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.config.pin_sources import PINCredential, PINDescriptor, PINEntry, PINKeyring, PINProgram
from agent.errors import TokenError
from agent.service.pins import files, pinentry
from agent.service.pins.programs import run_pin_program
from tests.service.test_pins import PIN_TEXT, refused, reveal

PINENTRY = """#!/bin/sh
# Speaks Assuan as pinentry does; notes what it was asked.
echo "OK Pleased to meet you"
while read -r line; do
  echo "$line" >> "{notes}"
  case "$line" in
    OPTION*) echo "ERR 83886254 Unknown option" ;;
    GETPIN) {answer} ;;
    *) echo "OK" ;;
  esac
done
"""


def write_pinentry(folder: Path, answer: str) -> PINEntry:
    """Write a pinentry program whose answer to GETPIN is shell code."""
    program = folder / "pinentry"
    program.write_text(PINENTRY.format(notes=folder / "notes", answer=answer), encoding="utf-8")
    program.chmod(0o700)
    return PINEntry(str(program))


def test_pinentry_gives_the_pin(tmp_path: Path) -> None:
    """Percent signs and line ends are escaped in Assuan's data lines; comments and status lines may come."""
    answer = 'echo "S PASSWORD_FROM_CACHE"; echo "# hello"; echo "D 27%2528"; echo "D 1828"; echo OK'
    assert reveal(write_pinentry(tmp_path, answer)) == "27%281828"


def test_pinentry_is_told_what_for(tmp_path: Path) -> None:
    """The person sees which token wants a PIN, and the prompt comes once."""
    reveal(write_pinentry(tmp_path, 'echo "D 1234"; echo OK'))
    lines = (tmp_path / "notes").read_text(encoding="utf-8").splitlines()
    assert "SETDESC PIN" in lines
    assert lines.count("GETPIN") == 1


@pytest.mark.parametrize(
    "answer",
    [
        'echo "ERR 83886179 Operation cancelled"',
        "exit 0",
        "echo OK",
        'echo "D Schl%0A"; echo OK',
        'while true; do echo "S more"; done',
        "head -c 100000 /dev/zero",
    ],
    ids=["cancelled", "ended", "empty", "two lines", "never ends", "rubbish"],
)
def test_pinentry_without_a_pin(tmp_path: Path, answer: str) -> None:
    """Cancelled, broken or talking for ever: no PIN, one line."""
    refused(write_pinentry(tmp_path, answer))


def test_pinentry_that_hangs_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody at the desk."""
    monkeypatch.setattr(pinentry, "_SECONDS", 0.3)
    refused(write_pinentry(tmp_path, "exec sleep 30"))


def test_a_child_of_pinentry_that_echoes_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It keeps the pipe open after the program was ended: that is not waited for."""
    monkeypatch.setattr(pinentry, "_SECONDS", 0.3)
    program = tmp_path / "echoes"
    program.write_text("#!/bin/sh\ntimeout 5 cat\n", encoding="utf-8")
    program.chmod(0o700)
    begun = time.monotonic()
    refused(PINEntry(str(program)))
    assert time.monotonic() - begun < 4


def test_pinentry_that_is_not_there(tmp_path: Path) -> None:
    """The program is named in the line."""
    assert str(tmp_path / "absent") in refused(PINEntry(str(tmp_path / "absent"))).message


def test_a_descriptor_is_read_to_its_first_line_and_once() -> None:
    """What follows the line is nobody's PIN, and a second reading finds nothing."""
    reading, writing = os.pipe()
    os.write(writing, f"{PIN_TEXT}\r\nmore".encode())
    os.close(writing)
    try:
        assert reveal(PINDescriptor(reading)) == PIN_TEXT
        refused(PINDescriptor(reading))
    finally:
        os.close(reading)


def test_a_descriptor_that_is_not_open() -> None:
    """Whoever starts us must open it."""
    reading, writing = os.pipe()
    os.close(reading)
    os.close(writing)
    refused(PINDescriptor(reading))


def test_a_descriptor_that_nobody_writes_to_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a program is that prints nothing; half a line is none."""
    monkeypatch.setattr(files, "_DESCRIPTOR_SECONDS", 0.2)
    reading, writing = os.pipe()
    try:
        os.write(writing, PIN_TEXT.encode())
        assert "0 seconds" in refused(PINDescriptor(reading)).message
    finally:
        os.close(writing)
        os.close(reading)


def test_a_descriptor_that_never_ends_is_left(tmp_path: Path) -> None:
    """No more is read than a PIN can have."""
    with Path("/dev/zero").open("rb") as zeros:
        refused(PINDescriptor(zeros.fileno()))


@pytest.fixture
def credential(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Provide a credential as systemd does."""
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    path = tmp_path / "acme-pin"
    path.write_text(PIN_TEXT, encoding="utf-8")
    path.chmod(0o400)
    yield path
    path.chmod(0o600)


def test_a_credential_is_read(credential: Path) -> None:
    """With or without the group's right that an access list shows as."""
    assert reveal(PINCredential("acme-pin")) == PIN_TEXT
    credential.chmod(0o440)
    assert reveal(PINCredential("acme-pin")) == PIN_TEXT


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX rights")
@pytest.mark.parametrize("mode", [0o444, 0o460, 0o402], ids=oct)
def test_a_credential_open_to_others_is_none(credential: Path, mode: int) -> None:
    """Then it did not come from systemd."""
    credential.chmod(mode)
    refused(PINCredential("acme-pin"), "pin-file-unsafe")
    assert stat.S_IMODE(credential.stat().st_mode) == mode


def test_a_credential_that_is_not_loaded(credential: Path) -> None:
    """Its name is in the line."""
    assert "other" in refused(PINCredential("other")).message


def test_no_credentials_without_systemd(monkeypatch: pytest.MonkeyPatch) -> None:
    """The variable that systemd sets is not there."""
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    refused(PINCredential("acme-pin"))


@pytest.fixture
def keyring_backend(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the library use the suite's keyring."""
    keyring = pytest.importorskip("keyring")
    from tests.support.keyrings import Keyring  # noqa: PLC0415 - keyring is optional

    keyring.set_keyring(Keyring())


def test_the_keyring_is_asked_for_service_and_user(keyring_backend: None) -> None:
    """The entry that the configuration names."""
    assert reveal(PINKeyring("iki", "acme")) == "27281828"


@pytest.mark.parametrize("source", [PINKeyring("iki", "nobody"), PINKeyring("locked", "acme")])
def test_a_keyring_without_the_entry_or_locked(keyring_backend: None, source: PINKeyring) -> None:
    """What the back end's error says is not repeated."""
    assert "27281828" not in repr(refused(source).__dict__)


def test_without_the_library_there_is_no_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    """The hint names the extra."""
    monkeypatch.setitem(sys.modules, "keyring", None)
    assert "iki-agent[keyring]" in refused(PINKeyring("iki", "acme")).hint


def test_children_of_a_program_are_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """What it leaves running keeps the pipe open; the PIN is there all the same, and time has its bound."""
    started = time.monotonic()
    pin = run_pin_program(PINProgram(("/bin/sh", "-c", "echo 314159; sleep 20 & exit 0")))
    assert pin.reveal() == "314159"
    monkeypatch.setattr("agent.service.pins.programs._PROGRAM_SECONDS", 1.0)
    with pytest.raises(TokenError) as late:
        run_pin_program(PINProgram(("/bin/sh", "-c", "echo 314159; sleep 20; :")))
    assert late.value.code == "pin-unavailable"
    assert time.monotonic() - started < 15
