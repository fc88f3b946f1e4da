"""How the daemon starts and ends, and what it refuses to start over."""

import os
import signal
import socket
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from agent.exits import ExitStatus
from tests.cli.expect import expect_failed
from tests.support.daemon import daemon_of, short_folder
from tests.support.lab import Lab, run_iki

ALLOWED = ["--allow-root"] if os.geteuid() == 0 else []


@pytest.mark.usefixtures("anew")
def test_the_socket_is_for_its_user_alone_and_goes_with_the_daemon(agent_lab: Lab) -> None:
    """The socket has mode 0600 in a folder of 0700; SIGTERM ends the daemon with 0 and removes it."""
    with daemon_of(agent_lab) as daemon:
        assert stat.S_IMODE(daemon.socket.lstat().st_mode) == 0o600
        assert stat.S_IMODE(daemon.socket.parent.lstat().st_mode) == 0o700
        daemon.signal(signal.SIGTERM)
        assert daemon.wait() == ExitStatus.OK
        assert not daemon.socket.exists()
        expect_failed(daemon.iki("agent", "status"), ExitStatus.AGENT)


@pytest.mark.usefixtures("anew")
def test_stop_ends_it_and_returns_when_the_socket_is_gone(agent_lab: Lab) -> None:
    """After `iki agent stop` another daemon can start at once."""
    with daemon_of(agent_lab) as daemon:
        stopped = daemon.iki("agent", "stop")
        assert (stopped.status, stopped.stderr) == (ExitStatus.OK, "")
        assert not daemon.socket.exists()
        assert daemon.wait() == ExitStatus.OK


@pytest.mark.usefixtures("anew")
def test_there_is_one_daemon_at_a_socket_and_a_killed_one_is_replaced(agent_lab: Lab) -> None:
    """The second is refused while the first lives; what a killed one leaves behind is no obstacle."""
    with short_folder() as folder, daemon_of(agent_lab, folder=folder) as first:
        where = {"XDG_RUNTIME_DIR": str(folder)}
        expect_failed(agent_lab.iki("agent", "run", *ALLOWED, variables=where), ExitStatus.USAGE)
        assert first.process.poll() is None
        first.signal(signal.SIGKILL)
        first.wait()
        assert first.socket.exists()
        with daemon_of(agent_lab, folder=folder) as second:
            assert second.ask("GET", "/agent")["pid"] == second.process.pid


def _put_file(place: Path) -> None:
    place.write_text("somebody's notes")


def _put_link(place: Path) -> None:
    place.symlink_to("/etc/passwd")


def _put_folder(place: Path) -> None:
    place.mkdir()


@pytest.mark.parametrize("put", [_put_file, _put_link, _put_folder])
def test_it_does_not_start_over_what_it_did_not_make(lab: Lab, put: Callable[[Path], None]) -> None:
    """Whatever lies at the socket's path and is none of our sockets stays as it is."""
    with short_folder() as folder:
        place = folder / "iki-agent" / "agent.sock"
        place.parent.mkdir(mode=0o700)
        put(place)
        before = place.lstat()
        run = lab.iki("agent", "run", *ALLOWED, variables={"XDG_RUNTIME_DIR": str(folder)})
        expect_failed(run, ExitStatus.USAGE)
        assert place.lstat() == before


def test_it_does_not_start_over_a_socket_that_another_program_listens_on(lab: Lab) -> None:
    """A socket of ours that somebody answers on, without our lock, is another program's."""
    with short_folder() as folder, socket.socket(socket.AF_UNIX) as other:
        place = folder / "iki-agent" / "agent.sock"
        place.parent.mkdir(mode=0o700)
        other.bind(str(place))
        other.listen()
        run = lab.iki("agent", "run", *ALLOWED, variables={"XDG_RUNTIME_DIR": str(folder)})
        expect_failed(run, ExitStatus.USAGE)
        assert place.is_socket()


@pytest.mark.parametrize("mode", [0o755, 0o770, 0o701])
def test_a_folder_that_others_may_enter_is_refused(lab: Lab, mode: int) -> None:
    """In such a folder the socket could be exchanged, or reached."""
    with short_folder() as folder:
        (folder / "iki-agent").mkdir()
        (folder / "iki-agent").chmod(mode)
        run = lab.iki("agent", "run", *ALLOWED, variables={"XDG_RUNTIME_DIR": str(folder)})
        expect_failed(run, ExitStatus.USAGE)
        assert list((folder / "iki-agent").iterdir()) == []


def test_the_configuration_may_name_the_socket(agent_lab: Lab) -> None:
    """listen.socket is taken from the configuration's folder, and IKI_AGENT finds it."""
    with short_folder() as folder:
        place = folder / "own.sock"
        text = agent_lab.configuration.read_text(encoding="utf-8")
        agent_lab.configuration.write_text(f'{text}\n[listen]\nsocket = "{place}"\n', encoding="utf-8")
        with daemon_of(agent_lab, socket=place) as daemon:
            assert daemon.iki("agent", "status").status == ExitStatus.OK


@pytest.mark.skipif(os.geteuid() != 0, reason="only root is refused")
def test_root_is_refused_unless_told(lab: Lab) -> None:
    """The daemon needs no rights of root."""
    with short_folder() as folder:
        run = lab.iki("agent", "run", variables={"XDG_RUNTIME_DIR": str(folder)})
        expect_failed(run, ExitStatus.USAGE)
        assert list(folder.iterdir()) == []


def test_a_configuration_that_is_wrong_does_not_start(lab: Lab) -> None:
    """What is wrong is said in one line, and no socket is made."""
    lab.configuration.write_text("[listen]\nsocket = 1\n", encoding="utf-8")
    with short_folder() as folder:
        run = lab.iki("agent", "run", *ALLOWED, variables={"XDG_RUNTIME_DIR": str(folder)})
        expect_failed(run, ExitStatus.USAGE)
        assert list(folder.iterdir()) == []


@pytest.mark.parametrize("command", ["status", "unlock", "lock", "reload", "stop"])
@pytest.mark.parametrize("address", ["nowhere", "ftp://x", "https://user@x/", "/dev/null/nowhere"])
def test_an_agent_that_is_not_there_is_told(command: str, address: str) -> None:
    """A wrong address is the command line's fault, an agent that does not answer has a status of its own."""
    run = run_iki("agent", command, variables={"IKI_AGENT": address})
    expect_failed(run, ExitStatus.AGENT if address.startswith("/") else ExitStatus.USAGE)
