"""How the desk begins and ends."""

import os
import signal
import socket
from pathlib import Path

import pytest

from agent.exits import ExitStatus
from tests.cli.expect import expect_failed
from tests.support.desk import desk_of
from tests.support.lab import Lab, Story, run_iki

ROOT = ["--allow-root"] if os.geteuid() == 0 else []


@pytest.mark.usefixtures("anew")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it(story: Story, tmp_path: Path, number: signal.Signals) -> None:
    """In good order: status 0, and no temporary file is left."""
    with desk_of(story.lab, tmp_path) as desk:
        session = desk.open()
        assert desk.verify(session, "a.xlsx", story.countersigned.read_bytes()).status == 200
        assert desk.files() != []
        desk.process.send_signal(number)
        assert desk.process.wait(60) == ExitStatus.OK
        assert list(desk.temporary.iterdir()) == []
        assert "the desk closes" in desk.log.read_text()


def test_it_ends_when_nobody_uses_it(lab: Lab, tmp_path: Path) -> None:
    """After the time that was said."""
    with desk_of(lab, tmp_path, "--idle", "0.01") as desk:
        assert desk.process.wait(60) == ExitStatus.OK
        assert "nobody used the desk" in desk.log.read_text()


def test_it_listens_on_loopback_alone(lab: Lab, tmp_path: Path) -> None:
    """Another address of this machine is not answered; a port that is taken is told in one line."""
    with desk_of(lab, tmp_path) as desk:
        port = int(desk.host.rpartition(":")[2])
        with socket.socket() as probe, pytest.raises(OSError, match="refused"):
            probe.connect(("127.0.0.2", port))
        run = lab.iki("desk", "--no-browser", "--port", str(port), *ROOT)
        expect_failed(run, ExitStatus.USAGE)
        assert "cannot be had" in run.lines("error")[0]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root is refused")
def test_root_is_refused(lab: Lab) -> None:
    """Unless root insists."""
    expect_failed(lab.iki("desk", "--no-browser"), ExitStatus.USAGE)


def test_without_a_configuration(tmp_path: Path) -> None:
    """One line, as for every command."""
    run = run_iki("--config", tmp_path / "none.toml", "desk", "--no-browser", *ROOT)
    expect_failed(run, ExitStatus.USAGE)
