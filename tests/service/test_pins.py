"""PINs: from each source, once, and into nothing else."""

import os
import stat
import traceback
from collections.abc import Callable
from pathlib import Path

import pytest

from agent.config.pin_sources import PINEnvironment, PINFile, PINProgram, PINPrompt, PINSource
from agent.errors import TokenError
from agent.service.pins import programs, variables
from agent.service.pins.reading import read_pin
from agent.service.pins.terminal import Operator

PIN_TEXT = "27-Schlüssel 1828"


def no_prompt(label: str) -> str:
    """Stand in for a terminal that must not be used."""
    raise AssertionError(label)


NOBODY = Operator(no_prompt)


def reveal(source: PINSource) -> str:
    """Read a PIN without a terminal."""
    return read_pin(source, operator=NOBODY).reveal()


def refused(source: PINSource, code: str = "pin-unavailable") -> TokenError:
    """Read a PIN that there must not be; nothing of it may be in the error or in what led to it."""
    with pytest.raises(TokenError) as caught:
        reveal(source)
    assert caught.value.code == code
    assert caught.value.hint
    assert "\n" not in caught.value.message
    told = "".join(traceback.format_exception(caught.value)) + caught.value.hint
    chained: BaseException | None = caught.value
    while chained is not None:
        told += repr(vars(chained)) + repr(chained.args)
        chained = chained.__cause__ or chained.__context__
    assert "Schl" not in told
    return caught.value


@pytest.fixture
def pin_file(tmp_path: Path) -> Path:
    """Make a PIN file as it should be."""
    path = tmp_path / "a.pin"
    path.write_text(PIN_TEXT + "\n", encoding="utf-8")
    path.chmod(0o600)
    return path


@pytest.fixture(autouse=True)
def _variables(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no test find what another took out of the environment."""
    monkeypatch.setattr(variables, "_taken", {})


def script(folder: Path, text: str) -> PINProgram:
    """Make a program of a few lines of shell."""
    path = folder / "ask"
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    path.chmod(0o700)
    return PINProgram((str(path),))


def test_a_pin_shows_in_no_representation(pin_file: Path) -> None:
    """What is handed on does not print itself."""
    pin = read_pin(PINFile(pin_file), operator=NOBODY)
    assert PIN_TEXT not in f"{pin} {pin!r} {[pin]}"


def test_the_prompt_is_asked_once_with_the_label() -> None:
    """A person is asked for a named thing, once."""
    asked: list[str] = []

    def answer(label: str) -> str:
        asked.append(label)
        return PIN_TEXT

    assert read_pin(PINPrompt(), operator=Operator(answer), label="PIN of acme").reveal() == PIN_TEXT
    assert asked == ["PIN of acme"]


def test_an_empty_answer_is_no_pin() -> None:
    """Return alone is not sent to the token: it would cost an attempt."""
    with pytest.raises(TokenError) as caught:
        read_pin(PINPrompt(), operator=Operator(lambda _: ""))
    assert caught.value.code == "pin-unavailable"


def test_an_environment_variable_is_taken_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is stripped: a space may be part of a PIN."""
    monkeypatch.setenv("ACME_PIN", f" {PIN_TEXT} ")
    assert reveal(PINEnvironment("ACME_PIN")) == f" {PIN_TEXT} "


@pytest.mark.parametrize("value", [None, "", "Schl\nx", "Schl" * 65, "Schl\udcff"])
def test_an_unusable_environment_variable_is_an_error(
    value: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Missing, empty, two lines, too long, or not UTF-8."""
    if value is None:
        monkeypatch.delenv("ACME_PIN", raising=False)
    else:
        monkeypatch.setenv("ACME_PIN", value)
    refused(PINEnvironment("ACME_PIN"))


@pytest.mark.parametrize("ending", ["", "\n", "\r\n"])
@pytest.mark.parametrize("mode", [0o600, 0o400])
def test_a_private_file_is_read_without_its_last_newline(pin_file: Path, ending: str, mode: int) -> None:
    """Editors and `echo` end a file with a newline; one is taken off."""
    pin_file.write_bytes((PIN_TEXT + ending).encode())
    pin_file.chmod(mode)
    assert reveal(PINFile(pin_file)) == PIN_TEXT


def test_the_longest_pin_fits_with_its_newline(pin_file: Path) -> None:
    """256 bytes are accepted."""
    pin_file.write_bytes(b"7" * 256 + b"\r\n")
    assert reveal(PINFile(pin_file)) == "7" * 256


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n",
        b"Schl\n\n",
        b"Schl\nx",
        b"Schl" + b"7" * 253,
        b"Schl" * 100_000,
        b"Schl\xff",
        b"\xff\xfeS\0c\0",
    ],
)
def test_an_unusable_file_is_an_error(pin_file: Path, content: bytes) -> None:
    """Empty, more than one line, too long, not UTF-8."""
    pin_file.write_bytes(content)
    refused(PINFile(pin_file))


@pytest.mark.parametrize(
    "bit", [stat.S_IRGRP, stat.S_IWGRP, stat.S_IXGRP, stat.S_IROTH, stat.S_IWOTH, stat.S_IXOTH]
)
def test_a_file_open_to_others_is_refused(pin_file: Path, bit: int) -> None:
    """Any bit for group or others, read or not, means that it is not ours alone."""
    pin_file.chmod(0o600 | bit)
    refused(PINFile(pin_file), "pin-file-unsafe")


def test_a_file_of_another_user_is_refused(pin_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also to root, who could read it: its owner could exchange it."""
    if os.geteuid() == 0:
        os.chown(pin_file, 12345, -1)
    else:
        owner = os.geteuid()
        monkeypatch.setattr(os, "geteuid", lambda: owner + 1)
    refused(PINFile(pin_file), "pin-file-unsafe")


def make_link(pin_file: Path) -> Path:
    """Make a link to a good PIN file."""
    link = pin_file.with_name("link")
    link.symlink_to(pin_file)
    return link


def make_pipe(pin_file: Path) -> Path:
    """Make a pipe that nobody writes to: opening it must not wait."""
    pipe = pin_file.with_name("pipe")
    os.mkfifo(pipe, 0o600)
    return pipe


def make_socketless_folder(pin_file: Path) -> Path:
    """Make a private folder."""
    folder = pin_file.with_name("folder")
    folder.mkdir(mode=0o700)
    return folder


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda path: path.with_name("absent"), "pin-unavailable"),
        (lambda path: path / "below", "pin-unavailable"),
        (make_link, "pin-unavailable"),
        (make_pipe, "pin-file-unsafe"),
        (make_socketless_folder, "pin-file-unsafe"),
        (lambda _: Path("/dev/null"), "pin-file-unsafe"),
    ],
)
def test_what_is_no_regular_file_is_refused(pin_file: Path, make: Callable[[Path], Path], code: str) -> None:
    """Nothing there, a link, a pipe, a folder, a device."""
    refused(PINFile(make(pin_file)), code)


def test_a_program_gives_its_first_line(tmp_path: Path) -> None:
    """What `pass` stores below the first line is not the PIN."""
    assert reveal(script(tmp_path, f"printf '{PIN_TEXT}\\nuser: acme\\n'")) == PIN_TEXT


def test_a_program_gets_its_arguments_without_a_shell(tmp_path: Path) -> None:
    """Spaces, dollars and semicolons arrive as they are."""
    program = script(tmp_path, 'printf "%s" "$2"')
    assert reveal(PINProgram((*program.arguments, "a b", "$HOME; echo *"))) == "$HOME; echo *"


def test_a_bare_program_name_is_found_on_path() -> None:
    """`printf` of coreutils stands for a password manager."""
    assert reveal(PINProgram(("printf", "1234"))) == "1234"


@pytest.mark.parametrize(
    "text",
    [
        "echo Schl; exit 1",
        "true",
        "echo; echo Schl",
        "printf 'Schl\\377'",
        "kill -9 $$",
        "yes Schl | tr -d '\\n' | head -c 999",
    ],
)
def test_an_unusable_program_is_an_error(tmp_path: Path, text: str) -> None:
    """A failure after printing, nothing, an empty first line, not UTF-8, killed, too much."""
    refused(script(tmp_path, text))


def test_a_program_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    """Not there, and not executable."""
    refused(PINProgram((str(tmp_path / "absent"),)))
    refused(PINProgram((str(tmp_path),)))


def test_a_program_that_does_not_end_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it printed before its time ran out is in no exception."""
    monkeypatch.setattr(programs, "_PROGRAM_SECONDS", 0.3)
    refused(script(tmp_path, "echo Schl; exec sleep 30"))


def test_a_programs_standard_error_is_passed_on(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """The program may tell the person what to do; its standard output is not shown."""
    assert reveal(script(tmp_path, "echo touch the key >&2; echo 1234")) == "1234"
    shown = capfd.readouterr()
    assert (shown.out, shown.err) == ("", "touch the key\n")
