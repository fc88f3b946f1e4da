"""What reaches the token, counted by OpenSC's PKCS#11 spy between `iki` and SoftHSM."""

import re
from collections import Counter
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Final, Self

from tests.support.lab import Lab
from tests.support.tools import absent

_FOLDERS: Final = ("/usr/lib", "/usr/lib64", "/usr/local/lib", "/opt/homebrew/lib")
_CALL = re.compile(r"^[0-9]+: (C_\w+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Spy:
    """A spy between a rehearsal environment and its tokens; it never says a PIN to us."""

    log: Path

    @classmethod
    def install(cls, lab: Lab) -> Self:
        """Put the spy between, or skip (or fail) the calling test where OpenSC is not installed."""
        module = _find_spy()
        text = lab.configuration.read_text(encoding="utf-8")
        (softhsm,) = re.findall(r'^path = ("[^"]*softhsm[^"]*")$', text, re.MULTILINE)
        lab.configure(f"path = {softhsm}", f'path = "{module}"\nenvironment = {{ PKCS11SPY = {softhsm} }}')
        lab.configure('"softhsm2.conf" }', '"softhsm2.conf", PKCS11SPY_OUTPUT = "spy.log" }')
        return cls(lab.folder / "spy.log")

    def calls(self) -> Counter[str]:
        """Count the calls by function, C_Login for example."""
        if not self.log.exists():
            return Counter()
        return Counter(_CALL.findall(self.log.read_text(encoding="utf-8", errors="replace")))


def _find_spy() -> Path:
    found = chain.from_iterable(Path(folder).glob("**/pkcs11-spy.so") for folder in _FOLDERS)
    path = next(found, None)
    if path is None:
        absent("opensc", "pkcs11-spy.so not found; Debian: opensc-pkcs11")
        raise AssertionError  # absent() always raises
    return path
