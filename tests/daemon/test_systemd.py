"""What systemd and the daemon say to each other, and the units that are shipped."""

import os
import plistlib
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from agent.exits import ExitStatus
from tests.support.daemon import SECONDS, Daemon, daemon_of, short_folder
from tests.support.lab import Lab
from tests.support.tools import require_tool

CONFIG = Path(__file__).resolve().parents[2] / "config"


@contextmanager
def activated(lab: Lab, place: Path, *, mode: int = 0o600, notify: str = "") -> Iterator[Daemon]:
    """Run a daemon with a socket that was made before, as systemd does it."""
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(place))
        place.chmod(mode)
        made.listen()
        number = made.fileno()

        variables = {"NOTIFY_SOCKET": notify} if notify else {}
        with daemon_of(
            lab, variables=variables, command=handing_over(number), pass_fds=(number,), socket=place
        ) as daemon:
            yield daemon


def handing_over(number: int) -> Callable[[list[str]], list[str]]:
    """Build what hands a descriptor over as systemd does: as number 3, to what is then executed."""
    script = (
        f"import os, sys; os.dup2({number}, 3); "
        "os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS='1'); os.execv(sys.argv[1], sys.argv[1:])"
    )
    return lambda command: [sys.executable, "-c", script, *command]


def test_a_socket_that_systemd_made_is_used_and_left(agent_lab: Lab) -> None:
    """The daemon makes no socket of its own, says so, and does not remove what it was handed."""
    with short_folder() as folder, activated(agent_lab, folder / "a.sock") as daemon:
        assert daemon.ask("GET", "/agent")["activated"] is True
        assert daemon.iki("agent", "stop").status == ExitStatus.OK
        assert daemon.wait() == ExitStatus.OK
        assert daemon.socket.is_socket()


def test_readiness_reloading_and_stopping_are_told(agent_lab: Lab) -> None:
    """Each state goes to NOTIFY_SOCKET when it begins (sd_notify(3))."""
    with short_folder() as folder, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notified:
        notified.bind(str(folder / "notify"))
        notified.settimeout(SECONDS)
        with activated(agent_lab, folder / "a.sock", notify=str(folder / "notify")) as daemon:
            assert notified.recv(4096).startswith(b"READY=1\n")
            daemon.signal(signal.SIGHUP)
            reloading = notified.recv(4096)
            assert reloading.startswith(b"RELOADING=1\nMONOTONIC_USEC=")
            assert notified.recv(4096).startswith(b"READY=1\n")
            daemon.signal(signal.SIGTERM)
            assert notified.recv(4096) == b"STOPPING=1\n"


def test_what_is_no_listening_socket_is_refused(agent_lab: Lab) -> None:
    """A descriptor that is a file, handed over as a socket, ends the start with one line."""
    with (
        Path(os.devnull).open("rb") as file,
        daemon_of(agent_lab, command=handing_over(file.fileno()), pass_fds=(file.fileno(),)) as daemon,
    ):
        assert daemon.wait() == ExitStatus.USAGE
        assert "descriptor 3" in daemon.logged()


def test_sockets_for_another_process_are_not_taken(agent_lab: Lab) -> None:
    """LISTEN_PID says whose they are; the daemon makes its own socket then."""
    with daemon_of(agent_lab, variables={"LISTEN_PID": "1", "LISTEN_FDS": "1"}) as daemon:
        assert daemon.ask("GET", "/agent")["activated"] is False


@pytest.mark.skipif(os.geteuid() != 0, reason="another user is needed")
def test_another_user_is_refused_unless_listed_and_never_controls(agent_lab: Lab) -> None:
    """The kernel says who connected: not the daemon's user and not in listen.users is refused."""
    with short_folder() as folder:
        folder.chmod(0o755)
        with activated(agent_lab, folder / "a.sock", mode=0o666) as daemon:
            assert ask_as_nobody(daemon, "GET", "/v1/tokens") == ("403", "peer-refused")
            text = agent_lab.configuration.read_text(encoding="utf-8")
            agent_lab.configuration.write_text(f'{text}\n[listen]\nusers = ["uid:65534"]\n', encoding="utf-8")
            assert daemon.iki("agent", "reload").status == ExitStatus.OK
            assert ask_as_nobody(daemon, "GET", "/v1/tokens") == ("200", "")
            assert ask_as_nobody(daemon, "POST", "/v1/agent/stop") == ("403", "control-refused")
            assert daemon.process.poll() is None


def ask_as_nobody(daemon: Daemon, method: str, path: str) -> tuple[str, str]:
    """Ask as the user nobody; returns the status and the problem's code."""
    script = f"""
import json, socket, sys
connection = socket.socket(socket.AF_UNIX)
connection.connect({str(daemon.socket)!r})
lines = ["{method} {path} HTTP/1.1", "Host: iki", "Connection: close", "Content-Length: 0", "", ""]
connection.sendall("\\r\\n".join(lines).encode())
head, _, body = connection.makefile("rb").read().partition(b"\\r\\n\\r\\n")
print(head.split()[1].decode(), json.loads(body).get("code", ""))
"""
    python = shutil.which("python3", path="/usr/bin") or pytest.skip("nobody may not use this Python")
    run = subprocess.run(
        [python, "-c", script], user=65534, group=65534, capture_output=True, timeout=SECONDS, check=True
    )
    status, _, code = run.stdout.decode().strip().partition(" ")
    return status, code


@pytest.mark.parametrize("flavour", ["user", "system"])
def test_the_units_are_understood_by_systemd(flavour: str, tmp_path: Path) -> None:
    """`systemd-analyze verify` finds nothing to say of service and socket; iki is put where it is here."""
    require_tool("systemd-analyze")
    for unit in (CONFIG / "systemd" / flavour).iterdir():
        text = unit.read_text(encoding="utf-8")
        for installed in ("%h/.local/bin/iki", "/opt/iki-agent/bin/iki"):
            text = text.replace(installed, "/bin/true")
        (tmp_path / unit.name).write_text(text, encoding="utf-8")
    run = subprocess.run(
        ["systemd-analyze", f"--{flavour}", "verify", "./iki-agent.service", "./iki-agent.socket"],
        cwd=tmp_path,
        env={**os.environ, "XDG_RUNTIME_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert (run.returncode, run.stderr) == (0, "")


def test_the_system_unit_is_hardened(tmp_path: Path) -> None:
    """Systemd's own measure of exposure is low; `exposure` is in tenths."""
    require_tool("systemd-analyze")
    shutil.copy(CONFIG / "systemd" / "system" / "iki-agent.service", tmp_path)
    run = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--threshold=20", "./iki-agent.service"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert run.returncode == 0, run.stdout


def test_the_property_list_is_one() -> None:
    """Launchd starts the agent at login, with no core dumps and files for its user alone."""
    with (CONFIG / "launchd" / "org.iki-agent.agent.plist").open("rb") as file:
        content = plistlib.load(file)
    assert content["ProgramArguments"][1:] == ["agent", "run"]
    assert (content["RunAtLoad"], content["Umask"]) == (True, 0o077)
