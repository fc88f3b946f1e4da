"""The smart card daemon with one virtual reader, seen from outside through its socket alone.

vpcd listens at every address of the machine and pcscd at one fixed path. So this is for a process in
network, mount and process namespaces of its own, as `unshare` makes them.
"""

import fcntl
import socket
import struct
import subprocess
import time
from pathlib import Path
from typing import Final

DRIVER: Final = Path("/usr/lib/pcsc/drivers/serial/libifdvpcd.so")
PORT: Final = 0x2F00
"""Below the ports that the system hands out by itself."""

_RUN: Final = Path("/run/pcscd")  # compiled into pcscd
_READER: Final = """\
FRIENDLYNAME "{name}"
DEVICENAME /dev/null:{port:#06x}
LIBPATH {driver}
CHANNELID {port:#06x}
"""
_PATIENCE: Final = 20.0
_STEP: Final = 0.02
_SIOCSIFFLAGS: Final = 0x8914  # netdevice(7)
_IFF_UP: Final = 0x1


class DaemonLog:
    """What the daemon has noticed; it looks at its readers twice a second."""

    def __init__(self, folder: Path) -> None:
        """Read the log of the daemon in this folder."""
        self._path = folder / "log"

    def wait_for_card(self, *, inserted: bool) -> None:
        """Wait until it knows that the card is in, or that it is out.

        Raises:
            TimeoutError: it does not notice.
        """
        end = time.monotonic() + _PATIENCE
        while self._sees_card() is not inserted:
            if time.monotonic() > end:
                raise TimeoutError("pcscd does not notice what became of the card")
            time.sleep(_STEP)

    def _sees_card(self) -> bool:
        log = self._path.read_bytes()
        return log.count(b"Card ATR:") > log.count(b"Card Removed From")


def start_daemon(folder: Path, reader: str) -> subprocess.Popen[bytes]:
    """Start pcscd with a reader of this name; its socket is `folder`/pcscd.comm, its talk `folder`/log.

    Raises:
        OSError, CalledProcessError: the namespaces are not our own, or a program is missing.
        TimeoutError: it does not come up.
    """
    _raise_loopback()
    _RUN.mkdir(parents=True, exist_ok=True)
    subprocess.run(["mount", "--bind", folder, _RUN], check=True)
    configuration = folder / "readers"
    configuration.mkdir()
    (configuration / "virtual").write_text(_READER.format(name=reader, port=PORT, driver=DRIVER))
    with (folder / "log").open("wb") as log:
        daemon = subprocess.Popen(
            ["pcscd", "--foreground", "--info", "--config", configuration],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    _wait_for(folder / "pcscd.comm", daemon)
    return daemon


def _wait_for(path: Path, daemon: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + _PATIENCE
    while not path.exists():
        if daemon.poll() is not None or time.monotonic() > end:
            raise TimeoutError("pcscd does not come up")
        time.sleep(_STEP)


def _raise_loopback() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, _SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", _IFF_UP))
