"""An `iki` that the suite's fork server forks does what one does that starts anew."""

import os
import signal
import subprocess
from pathlib import Path

import pytest

from agent.exits import ExitStatus
from tests.support.forked import Call, run_forked, start_forked
from tests.support.lab import Lab, Story, command_line, environment


def fork_and_start(
    lab: Lab, folder: Path, *arguments: str | Path
) -> list["subprocess.CompletedProcess[bytes]"]:
    """Run the same in both ways."""
    own = environment(IKI_CONFIG=str(lab.configuration))
    words = [*map(str, arguments)]
    of_the_server = run_forked(Call(words, folder, own), 60)
    assert of_the_server is not None
    command = command_line(words)
    started = subprocess.run(command, cwd=folder, env=own, capture_output=True, check=False, timeout=60)
    return [of_the_server, started]


@pytest.fixture(autouse=True)
def served(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fork also when the suite is not to."""
    monkeypatch.delenv("IKI_FRESH", raising=False)


@pytest.mark.parametrize(
    "arguments",
    [
        ("inspect", "form.countersigned.xlsx", "--json"),
        ("verify", "form.signed.xlsx"),
        ("sign", "form.signed.xlsx", "--as", "manufacturer"),
        ("token", "list"),
        ("sing",),
    ],
    ids=lambda arguments: arguments[0],
)
def test_both_ways_are_one(shared_story: Story, arguments: tuple[str, ...]) -> None:
    """Exit status, standard output and standard error are the same, in any folder."""
    server, started = fork_and_start(shared_story.lab, shared_story.signed.parent, *arguments)
    assert (server.returncode, server.stderr) == (started.returncode, started.stderr)
    assert _without_times(server.stdout) == _without_times(started.stdout)


def test_nothing_of_one_is_left_in_the_next(shared_story: Story, tmp_path: Path) -> None:
    """Each has its own environment and folder, and this process keeps its own."""
    before = dict(os.environ), Path.cwd()
    for name in ("one", "two"):
        folder = tmp_path / name
        folder.mkdir()
        (folder / f"{name}.xlsx").write_bytes(b"")
        call = Call(["verify", f"{name}.xlsx"], folder, environment(IKI_CONFIG=f"{name}.toml"))
        run = run_forked(call, 60)
        assert run is not None
        assert f"{name}.toml" in run.stderr.decode()
    assert (dict(os.environ), Path.cwd()) == before


def test_another_beginning_wants_another_process() -> None:
    """What Python and the C library read before anything else cannot be given to a fork."""
    assert run_forked(Call(["--version"], None, environment()), 60) is not None
    for variables in ({"PYTHONIOENCODING": "ascii"}, {"LC_ALL": "C"}, {"LD_PRELOAD": "x.so"}):
        assert run_forked(Call(["--version"], None, environment(**variables)), 60) is None


def test_one_that_does_not_end(shared_story: Story, tmp_path: Path) -> None:
    """It is waited for, interrupted and killed like any process, and its status says by what it ended."""
    own = environment(IKI_CONFIG=str(shared_story.lab.configuration))
    serving = Call(["lab", "serve", "--dir", str(shared_story.lab.folder)], tmp_path, own)
    for number, status in ((signal.SIGTERM, ExitStatus.INTERRUPTED), (signal.SIGKILL, -signal.SIGKILL)):
        with Path(tmp_path / "out").open("w+b") as out:
            process = start_forked(serving, [out.fileno()] * 3)
            assert process is not None
            while b"http" not in Path(out.name).read_bytes():
                assert process.poll() is None
            with pytest.raises(subprocess.TimeoutExpired):
                process.wait(0.01)
            process.send_signal(number)
            assert process.wait(60) == status, Path(out.name).read_text(encoding="utf-8")


def _without_times(text: bytes) -> list[bytes]:
    """Leave out the lines that name the instant of the run."""
    return [line for line in text.splitlines() if b"judged" not in line]
