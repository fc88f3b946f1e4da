"""A LibreOffice that runs without a window, and its verdict on the signatures of a workbook.

LibreOffice takes its trust anchors from an NSS database (as Firefox has one),
named by MOZILLA_CERTIFICATE_FOLDER when it starts. Its verdict is asked for
over UNO, by the Java programs beside this file; converting a signed document
says nothing, whatever its signatures are worth. It signs in the same way, with
the keys of that database.
"""

import os
import signal
import socket
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests.support.tools import absent, require_tool

_PROGRAMS: Final = tuple(
    Path(__file__).with_name(f"{name}.java") for name in ("Office", "SignatureVerdicts", "SignWorkbooks")
)
_SECONDS: Final = 180


@dataclass(frozen=True, slots=True)
class Opinion:
    """What LibreOffice says of one signature."""

    valid: bool
    """Value, References and Manifest are right; nothing about what the Manifest leaves out."""
    certificate_status: int
    """0 is valid; the others are the constants of `com.sun.star.security.CertificateValidity`."""
    signer: str
    """The subject, as LibreOffice writes it."""


GOOD: Final = (True, 0)
"""A valid signature by a valid certificate."""


@dataclass(frozen=True, slots=True)
class LibreOffice:
    """A running LibreOffice."""

    version: str
    port: int
    classes: str
    """The class path of our program and LibreOffice's Java bridge."""
    said: list[str] = field(default_factory=list)
    """All it has said, one line for each signature."""

    def ask(self, files: Sequence[Path]) -> dict[Path, tuple[Opinion, ...]]:
        """List its opinions of each file's signatures, in the order in which it finds them."""
        lines = self._run("SignatureVerdicts", *map(str, files))
        opinions: dict[Path, tuple[Opinion, ...]] = dict.fromkeys(files, ())
        for name, valid, status, signer in lines:
            opinion = Opinion(valid == "valid", int(status), signer)
            opinions[Path(name)] += (opinion,)
            place = "/".join(Path(name).parts[-2:])
            self.said.append(f"{place}: signature {valid}, certificate status {status}: {signer}")
        return opinions

    def sign(self, subject: str, file: Path) -> None:
        """Make it sign a workbook in place, with its key whose certificate's subject has this text."""
        assert self._run("SignWorkbooks", subject, str(file)) == [[str(file), "true"]]

    def _run(self, program: str, *arguments: str) -> list[list[str]]:
        finished = subprocess.run(
            [require_tool("java"), "-cp", self.classes, program, str(self.port), *arguments],
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
        assert finished.returncode == 0, finished.stderr
        return [line.split("\t") for line in finished.stdout.splitlines()]


@contextmanager
def running_libreoffice(
    anchors: Iterable[Path], folder: Path, *, keys: Iterable[Path] = ()
) -> Iterator[LibreOffice]:
    """Start a LibreOffice that trusts `anchors` (PEM); skips (or fails) the test without it.

    `keys` are PKCS #12 files without a password that it may sign with.

    `folder` is an empty one for its profile, its certificates and our program.
    """
    program = require_tool("soffice")
    classes = _compile(Path(program), folder)
    database = _make_database(anchors, keys, folder)
    port = _find_free_port()
    process = subprocess.Popen(
        [
            program,
            "--headless",
            "--norestore",
            "--nologo",
            f"-env:UserInstallation={(folder / 'profile').as_uri()}",
            f"--accept=socket,host=127.0.0.1,port={port};urp",
        ],
        env=os.environ | {"HOME": str(folder), "MOZILLA_CERTIFICATE_FOLDER": database},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # it starts others, which are to end with it
    )
    try:
        yield LibreOffice(_read_version(program), port, classes)
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(_SECONDS)


def _compile(program: Path, folder: Path) -> str:
    compiler = require_tool("javac")
    target = folder / "classes"
    bridge = f"{_find_bridge(program)}{os.pathsep}{target}"
    subprocess.run(
        [compiler, "-cp", bridge, "-d", str(target), *map(str, _PROGRAMS)],
        capture_output=True,
        timeout=_SECONDS,
        check=True,
    )
    return bridge


def _find_bridge(program: Path) -> Path:
    """Find LibreOffice's Java bridge: in its own folder, or where Debian keeps Java's libraries."""
    home = program.resolve().parent
    places = (
        home / "classes" / "libreoffice.jar",
        home.parent / "Resources" / "java" / "libreoffice.jar",
        Path("/usr/share/java/libreoffice.jar"),
    )
    for place in places:
        if place.exists():
            return place
    absent("soffice", "its Java bridge (libreoffice.jar) is not there; Debian: liblibreoffice-java")
    raise AssertionError  # absent() always raises


def _make_database(anchors: Iterable[Path], keys: Iterable[Path], folder: Path) -> str:
    certutil = require_tool("certutil")
    pk12util = require_tool("pk12util")
    place = folder / "certificates"
    place.mkdir()
    database = f"sql:{place}"

    def run(*arguments: str) -> None:
        command = [*arguments, "-d", database]
        subprocess.run(command, capture_output=True, timeout=_SECONDS, check=True)

    run(certutil, "-N", "--empty-password")
    for number, anchor in enumerate(anchors, 1):
        run(certutil, "-A", "-n", f"anchor {number}", "-t", "CT,C,C", "-a", "-i", str(anchor))
    for key in keys:
        run(pk12util, "-i", str(key), "-W", "", "-K", "")
    return database


def _find_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _read_version(program: str) -> str:
    finished = subprocess.run(
        [program, "--version"], capture_output=True, text=True, timeout=_SECONDS, check=True
    )
    return finished.stdout.strip()
