"""openCryptoki's token in software, with its daemon pkcsslotd.

Configuration, tokens, locks and socket have fixed places: they are covered by folders of our own.
"""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from hsm import PKCS11URI, ModuleProfile
from tests.backends.backend import TOKEN_PIN, Certify, Place
from tests.backends.libraries import require_library, require_program
from tests.backends.provisioning import furnish, make_token
from tests.support.namespaces import mirror, own_view
from tests.support.tools import absent

KINDS: Final = ("rsa-2048",)
_SO_PIN: Final = "87654321"
"""The one that a token is delivered with."""
_GROUP: Final = "pkcs11"
_CONFIGURATION: Final = "version opencryptoki-3.1\nslot 0\n{\nstdll = libpkcs11_sw.so\n}\n"
_RUN: Final = Path("/run")
_TOKEN: Final = "swtok"
_LONGEST: Final = "1800"
_SECONDS: Final = 20.0


class OpenCryptokiBackend:
    """IBM's token in files: RSA alone."""

    name = "opencryptoki"
    everyday = False
    kinds: tuple[str, ...] = KINDS
    pss = True
    locks_after: int | None = 3
    always_authenticates = False
    outages: tuple[str, ...] = ()

    @contextmanager
    def place(self, folder: Path, certify: Certify) -> Iterator[Place]:
        """Make a token in a view of the system of our own, with a daemon of its own."""
        module = require_library(
            self.name, "libopencryptoki.so", "libopencryptoki.so.0", package="opencryptoki"
        )
        daemon = require_program(self.name, "pkcsslotd", package="opencryptoki")
        if os.geteuid():
            absent(self.name, "its daemon wants root")
        with _own_files(folder), _running_daemon(daemon):
            made = make_token(module, {}, label="contract token", so_pin=_SO_PIN, pin=TOKEN_PIN)
            token = PKCS11URI(token=made.label, serial=made.serial)
            keys = furnish(module, {}, token, TOKEN_PIN, kinds=KINDS, certify=certify)
            yield Place(module, {}, token, TOKEN_PIN, keys, ModuleProfile(sessions=4))


@contextmanager
def _own_files(folder: Path) -> Iterator[None]:
    """Cover what openCryptoki keeps, and the folder of sockets and locks."""
    made = {name: folder / name for name in ("etc", "lib", "run")}
    (made["lib"] / _TOKEN / "TOK_OBJ").mkdir(parents=True)
    made["etc"].mkdir()
    (made["etc"] / "opencryptoki.conf").write_text(_CONFIGURATION)
    covers = {Path("/etc/opencryptoki"): made["etc"], Path("/var/lib/opencryptoki"): made["lib"]}
    with own_view(covers):
        made["run"].mkdir()
        mirror(_RUN, made["run"])
        for name in ("pkcsslotd.pid", "pkcsslotd.socket"):  # of a daemon that others use
            subprocess.run(["umount", made["run"] / name], check=False, capture_output=True)
            (made["run"] / name).unlink(missing_ok=True)
        locks = folder / "locks"
        (locks / _TOKEN).mkdir(parents=True)
        subprocess.run(["mount", "--rbind", made["run"], _RUN], check=True)
        (_RUN / "lock" / "opencryptoki").mkdir(parents=True, exist_ok=True)
        subprocess.run(["mount", "--bind", locks, _RUN / "lock" / "opencryptoki"], check=True)
        for path in (made["lib"], locks):
            _give_to_group(path)
        yield


def _give_to_group(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        shutil.chown(path, group=_GROUP)
        path.chmod(0o770)


@contextmanager
def _running_daemon(program: str) -> Iterator[None]:
    """Run pkcsslotd, at the longest for half an hour."""
    daemon = subprocess.Popen(
        ["timeout", "--foreground", _LONGEST, program, "-f"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    until = time.monotonic() + _SECONDS
    try:
        while not (_RUN / "pkcsslotd.socket").exists():
            assert daemon.poll() is None, "pkcsslotd ended"
            assert time.monotonic() < until, "pkcsslotd did not make its socket"
            time.sleep(0.005)
        yield
    finally:
        daemon.terminate()
        daemon.wait(_SECONDS)
