"""A container engine: the machine's own, or one that the tests start for themselves, without a network."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tests.support.tools import absent

NAME: Final = "container"
"""What `IKI_REQUIRE` calls it."""
BASE: Final = "debian:bookworm-slim"
OWN_BASE: Final = "iki-test-base:bookworm"
_HERE: Final = Path(__file__).parent
_SECONDS: Final = 60.0
_PULL_SECONDS: Final = 120.0
_BUILD_SECONDS: Final = 900.0
# As small as a daemon can be: it changes no firewall and makes no bridge, and needs no overlay.
_DAEMON: Final = ("--storage-driver=vfs", "--iptables=false", "--ip6tables=false", "--bridge=none")


def docker(*arguments: str, seconds: float = _SECONDS) -> subprocess.CompletedProcess[str]:
    """Run the engine's client, whatever comes of it."""
    return subprocess.run(
        ["docker", *arguments], capture_output=True, text=True, timeout=seconds, check=False
    )


def do_docker(*arguments: str, seconds: float = _SECONDS) -> str:
    """Run the engine's client for its effect; fails when it fails."""
    finished = docker(*arguments, seconds=seconds)
    assert finished.returncode == 0, f"docker {' '.join(arguments)}: {finished.stderr}"
    return finished.stdout


def find_compose() -> str:
    """Find the command of docker compose, the plugin or the program, or skip (or fail) the calling test."""
    if docker("compose", "version").returncode == 0:
        return "docker compose"
    if shutil.which("docker-compose") is None:
        absent(NAME, "docker compose not found; Debian: docker-compose")
    return "docker-compose"


@contextmanager
def running_engine() -> Iterator[None]:
    """Use the engine that answers, or run one for the time of a `with` block; skips (or fails) without."""
    if shutil.which("docker") is None:
        absent(NAME, "docker not found; Debian: docker.io")
    if docker("version").returncode == 0:
        yield
        return
    program = shutil.which("dockerd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if program is None or os.geteuid() != 0:
        absent(NAME, "no container engine answers, and only root with dockerd can start one")
    with (
        tempfile.TemporaryDirectory(prefix="iki-engine-") as folder,
        _running_daemon(str(program), Path(folder)),
    ):
        yield


@contextmanager
def _running_daemon(program: str, folder: Path) -> Iterator[None]:
    address = f"unix://{folder}/socket"
    places = [f"--{what}={folder / what}" for what in ("data-root", "exec-root", "pidfile")]
    before = os.environ.get("DOCKER_HOST")
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [program, *_DAEMON, *places, f"--host={address}"], stdout=log, stderr=log, start_new_session=True
        )
    try:
        os.environ["DOCKER_HOST"] = address
        until = time.monotonic() + _SECONDS
        while docker("version").returncode != 0:
            if process.poll() is not None or time.monotonic() > until:
                absent(NAME, f"dockerd did not start: {_last_line(folder / 'log')}")
            time.sleep(0.1)
        yield
    finally:
        if before is None:
            os.environ.pop("DOCKER_HOST", None)
        else:
            os.environ["DOCKER_HOST"] = before
        process.terminate()  # it ends its containers and its containerd
        process.wait(_SECONDS)
        _unmount_below(folder)


def _unmount_below(folder: Path) -> None:
    """Unmount what a daemon leaves behind when it ends: the network namespace of containers without one."""
    mounts = [line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()]
    for path in (path for path in reversed(mounts) if Path(path).is_relative_to(folder)):
        subprocess.run(["umount", path], check=False, timeout=_SECONDS)


def provide_base(cache: Path) -> str:
    """Have a Debian image: a registry's, else one that debootstrap makes, kept as an archive in `cache`."""
    for image in (OWN_BASE, BASE):
        if docker("image", "inspect", image).returncode == 0:
            return image
    archive = cache / "bookworm.tar"
    if not archive.exists() and docker("pull", "--quiet", BASE, seconds=_PULL_SECONDS).returncode == 0:
        return BASE
    made = subprocess.run(
        ["sh", str(_HERE / "make-base.sh"), OWN_BASE, str(archive)],
        capture_output=True,
        text=True,
        timeout=_BUILD_SECONDS,
        check=False,
    )
    if made.returncode != 0:
        absent(NAME, f"no registry, and no base image by debootstrap: {made.stderr.strip()[-300:]}")
    return OWN_BASE


def _last_line(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    return lines[-1] if lines else "it said nothing"
