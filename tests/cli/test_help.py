"""Help for every command, and one clear line for whoever asks for what is not there."""

import itertools
import re
from collections.abc import Iterator
from functools import cache
from importlib.metadata import version
from pathlib import Path

import pytest

from agent.cli.lazy import LazyCommands
from agent.cli.table import COMMANDS
from agent.exits import ExitStatus
from tests.cli.expect import expect_failed
from tests.support.lab import Run, run_iki

ROOT = Path(__file__).resolve().parents[2]


def list_commands() -> Iterator[tuple[str, ...]]:
    """List every command and group by its words."""
    for name, entry in COMMANDS.items():
        yield (name,)
        if isinstance(entry, LazyCommands):
            yield from ((name, inner) for inner in entry.commands)


@pytest.mark.parametrize("words", [(), *list_commands()], ids=" ".join)
def test_help(words: tuple[str, ...]) -> None:
    """Every command says how it is used; none takes a PIN, which would show in the list of processes."""
    run = read_help(*words)
    assert (run.status, run.stderr) == (ExitStatus.OK, "")
    assert run.stdout.startswith(f"Usage: {' '.join(('iki', *words))} ")
    assert "--help" in run.stdout
    assert "--pin" not in run.stdout


def test_the_summaries_name_every_command() -> None:
    """`iki --help` lists all commands, each with its summary."""
    text = read_help().stdout
    for name, entry in COMMANDS.items():
        assert f"  {name} " in text
        assert entry.summary.split(".")[0] in " ".join(text.split())


def test_version() -> None:
    """The version of the distribution."""
    run = run_iki("--version")
    assert (run.status, run.stdout, run.stderr) == (ExitStatus.OK, f"iki {version('iki-agent')}\n", "")


@pytest.mark.parametrize("words", [(), ("lab",), ("cpl",)], ids=" ".join)
def test_without_a_command_the_help_is_shown(words: tuple[str, ...]) -> None:
    """As a usage error: on standard error, exit 2."""
    run = run_iki(*words)
    assert (run.status, run.stdout) == (ExitStatus.USAGE, "")
    assert run.stderr.startswith("Usage: iki ")


@pytest.mark.parametrize(
    "words",
    [
        ("sing",),
        ("lab", "down"),
        ("sign",),
        ("sign", "form.xlsx"),
        ("sign", "form.xlsx", "--as"),
        ("verify", "--pin", "1234", "form.xlsx"),
        ("--surprise",),
    ],
    ids=" ".join,
)
def test_a_mistyped_command_line_is_one_line(words: tuple[str, ...]) -> None:
    """With a hint to the help of what was meant."""
    run = run_iki(*words)
    expect_failed(run, ExitStatus.USAGE)
    assert "--help" in run.lines("hint")[0]


@cache
def read_help(*words: str) -> Run:
    """Run a command's --help, each once per test process."""
    return run_iki(*words, "--help")


def list_documented() -> Iterator[tuple[tuple[str, ...], frozenset[str]]]:
    """List the commands that README and docs show, each by its words and with its long options."""
    for path in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))):
        for shown in re.findall(r"(?:\$ |`)iki ([^`\n]+)", path.read_text(encoding="utf-8")):
            words = tuple(itertools.takewhile(re.compile(r"[a-z]+\Z").match, shown.split()))
            depth = 2 if isinstance(COMMANDS.get(words[0] if words else ""), LazyCommands) else 1
            if words:
                yield words[:depth], frozenset(re.findall(r"(?<!\S)--[a-z-]+", shown))


def test_what_the_documents_show_is_there() -> None:
    """Every command in README and docs exists, with the options it is shown with."""
    documented: dict[tuple[str, ...], frozenset[str]] = {}
    for words, options in list_documented():
        documented[words] = documented.get(words, frozenset()) | options
    assert len(documented) > 5
    for words, options in documented.items():
        run = read_help(*words)
        assert run.status == ExitStatus.OK, words
        assert options <= set(re.findall(r"--[a-z-]+", run.stdout)), words
