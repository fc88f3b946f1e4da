"""Where the modules and programs of backends lie, or why their tests are skipped."""

import shutil
from pathlib import Path

from tests.support.tools import absent


def require_library(backend: str, *names: str, package: str) -> Path:
    """Find a shared library by its name below Debian's and Fedora's folders, or skip (or fail) the test."""
    for folder in ("usr/lib/*/pkcs11", "usr/lib/*", "usr/lib64/pkcs11", "usr/lib64"):
        for name in names:
            for found in sorted(Path("/").glob(f"{folder}/{name}")):
                return found
    absent(backend, f"{names[0]} not found; Debian: {package}")
    raise AssertionError  # absent() always raises


def require_program(backend: str, name: str, *, package: str) -> str:
    """Find a program on PATH or among those of the administrator, or skip (or fail) the test."""
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin")
    if found is None:
        absent(backend, f"{name} not found; Debian: {package}")
        raise AssertionError  # absent() always raises
    return found
