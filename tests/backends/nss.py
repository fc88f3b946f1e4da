"""NSS softokn, with a database of its own: the module that wants to be told where, by pReserved."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from hsm import PKCS11URI, ModuleProfile
from tests.backends.backend import TOKEN_PIN, Certify, Place
from tests.backends.libraries import require_library, require_program
from tests.backends.provisioning import furnish

KINDS: Final = ("ec-p256", "ec-p384", "rsa-2048")


class NSSBackend:
    """The database that Firefox and others keep keys in."""

    name = "nss"
    everyday = False
    kinds: tuple[str, ...] = KINDS
    pss = True
    locks_after: int | None = None
    always_authenticates = False
    outages: tuple[str, ...] = ()

    @contextmanager
    def place(self, folder: Path, certify: Certify) -> Iterator[Place]:
        """Make a database with a password."""
        module = require_library(self.name, "libsoftokn3.so", package="libnss3")
        certutil = require_program(self.name, "certutil", package="libnss3-tools")
        password = folder / "password"
        password.write_text(f"{TOKEN_PIN}\n")
        subprocess.run([certutil, "-N", "-d", f"sql:{folder}", "-f", password], check=True, timeout=60)
        reserved = f"configdir='sql:{folder}' certPrefix='' keyPrefix='' secmod='secmod.db'"
        token = PKCS11URI(token="NSS Certificate DB", serial="0" * 16)
        keys = furnish(*(module, {}, token, TOKEN_PIN), kinds=KINDS, certify=certify, reserved=reserved)
        yield Place(module, {}, token, TOKEN_PIN, keys, ModuleProfile(sessions=4, reserved=reserved))
