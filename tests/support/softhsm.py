"""A private SoftHSM: its own configuration and token directory, nothing of the user's."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from hsm import HSMError, Module, find_softhsm, open_module
from tests.support.tools import absent

_CONFIGURATION: Final = """\
directories.tokendir = {tokens}
objectstore.backend = file
log.level = ERROR
slots.removable = false
"""


@dataclass(frozen=True, slots=True)
class SoftHSMEnvironment:
    """One SoftHSM configuration; SoftHSM reads it once per process, so a process has at most one."""

    library: Path
    configuration: Path
    tokens: Path

    @classmethod
    def create(cls, directory: Path) -> Self:
        """Make the configuration and an empty token directory, or skip (or fail) without SoftHSM."""
        tokens = directory / "tokens"
        tokens.mkdir(mode=0o700)
        configuration = directory / "softhsm2.conf"
        configuration.write_text(_CONFIGURATION.format(tokens=tokens), encoding="utf-8")
        return cls(require_softhsm(), configuration, tokens)

    def copy(self, directory: Path) -> Self:
        """Copy it with its tokens, for a test that changes them."""
        directory.mkdir()
        other = self.create(directory)
        shutil.copytree(self.tokens, other.tokens, dirs_exist_ok=True)
        return other

    @property
    def variables(self) -> dict[str, str]:
        """The environment that `hsm.open_module` and other programs need to see these tokens."""
        return {"SOFTHSM2_CONF": str(self.configuration)}

    def open_module(self) -> Module:
        """Load SoftHSM in this process; fails when it is loaded with another configuration."""
        return open_module(self.library, self.variables)

    def run(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run another program over these tokens, with a time limit of a minute."""
        return subprocess.run(
            arguments,
            env=os.environ | self.variables | variables,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def run_python(self, program: str, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a Python program text in a process of its own, where SoftHSM starts afresh."""
        return self.run(sys.executable, "-c", program, str(self.library), *arguments, **variables)


def require_softhsm() -> Path:
    """Find SoftHSM's module, or skip (or fail, with `IKI_REQUIRE=softhsm`) the calling test."""
    try:
        library = find_softhsm()
    except HSMError as exc:
        absent("softhsm", exc.message)
        raise AssertionError from exc  # absent() always raises
    if library is None:
        absent("softhsm", "module not found; Debian: softhsm2, Fedora and Homebrew: softhsm")
        raise AssertionError  # absent() always raises
    return library
