"""Where SoftHSM's module lies on the systems people have."""

import os
from pathlib import Path
from typing import Final

from hsm.errors import ModuleUnavailable

_VARIABLE: Final = "SOFTHSM2_MODULE"
_LIBRARY: Final = "libsofthsm2.so"
_PATTERNS: Final = (
    f"/usr/lib/*/softhsm/{_LIBRARY}",  # Debian, Ubuntu (multiarch)
    f"/usr/lib/softhsm/{_LIBRARY}",  # Alpine, Arch, Debian's link
    f"/usr/lib64/pkcs11/{_LIBRARY}",  # Fedora, RHEL
    f"/usr/lib64/softhsm/{_LIBRARY}",  # openSUSE
    f"/usr/lib64/{_LIBRARY}",
    f"/opt/homebrew/lib/softhsm/{_LIBRARY}",  # Homebrew on Apple silicon
    f"/usr/local/lib/softhsm/{_LIBRARY}",  # Homebrew on Intel, and built from source
    f"/opt/local/lib/softhsm/{_LIBRARY}",  # MacPorts
)
_WINDOWS_LIBRARIES: Final = ("lib/softhsm2-x64.dll", "lib/softhsm2.dll")


def find_softhsm() -> Path | None:
    """Find SoftHSM's shared library: the environment's SOFTHSM2_MODULE, else the usual places.

    Raises:
        ModuleUnavailable: `module-not-found`, when SOFTHSM2_MODULE names no file; what was asked
            for on purpose is not replaced by something else.
    """
    named = os.environ.get(_VARIABLE)
    if named:
        if not Path(named).is_file():
            raise ModuleUnavailable(
                "module-not-found",
                f"{_VARIABLE} names no file: {named}",
                hint=f"correct or unset {_VARIABLE}",
            )
        return Path(named)
    candidates = _windows() if os.name == "nt" else _unix()
    return next((path for path in candidates if path.is_file()), None)


def _unix() -> list[Path]:
    root = Path("/")
    return [path for pattern in _PATTERNS for path in sorted(root.glob(pattern.removeprefix("/")))]


def _windows() -> list[Path]:
    variables = ("ProgramFiles", "ProgramFiles(x86)", "SystemDrive")
    roots = [Path(value + os.sep) for name in variables if (value := os.environ.get(name))]
    return [root / "SoftHSM2" / library for root in roots for library in _WINDOWS_LIBRARIES]
