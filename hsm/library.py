"""Loading of a PKCS#11 shared library: once per process and file, with locking switched on."""

import ctypes
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Self

from pkcs11 import PKCS11Error
from pkcs11._pkcs11 import lib

from hsm.cryptoki import Cryptoki
from hsm.errors import HSMError, ModuleUnavailable

# Read once per process by the modules that use them, so a later change has no effect.
_READ_ONCE: Final = ("SOFTHSM2_CONF",)


class Library(lib):
    """The binding's library, initialised with CKF_OS_LOCKING_OK instead of a promise of one thread.

    The binding believes that it is not initialised, so it never finalises: finalising under a live
    session crashes, and its `reinitialize` would go back to one thread. The process's end does it.
    """

    def __new__(cls, so: str, _reserved: str = "") -> Self:
        """Let the binding load `so`; it knows of nothing else."""
        return super().__new__(cls, so)  # type: ignore[call-arg]  # the binding's stubs have no __cinit__

    def __init__(self, so: str, reserved: str = "") -> None:
        """Load and initialise the shared library at path `so`, with a vendor's text as pReserved.

        Raises:
            PKCS11Error: it cannot be loaded, or the module refused.
        """
        self.cryptoki = Cryptoki(
            self._find_function_list(), reserved
        )  # the binding has loaded it before this
        super().__init__(so)

    def initialize(self) -> None:
        """Initialise with the system's mutexes; the binding calls this while it is constructed."""
        self.cryptoki.initialize()

    def _find_function_list(self) -> int:
        """Find the function list that the binding itself was given; its first field, which it does not show.

        Asking the module for another would not do: p11-kit's client makes a new connection each time, with
        an initialisation, sessions and handles of its own.
        """
        return int(ctypes.c_size_t.from_address(id(self) + object.__basicsize__).value)


def resolve_module(path: Path) -> Path:
    """Resolve links, because one library by two paths cannot be loaded twice.

    Raises:
        ModuleUnavailable: `module-not-found`.
    """
    try:
        resolved = path.resolve(strict=True)
    except (OSError, RuntimeError, ValueError) as exc:
        raise _not_found(path) from exc
    if not resolved.is_file():
        raise _not_found(path)
    return resolved


def load_library(path: Path, environment: Mapping[str, str], reserved: str = "") -> Library:
    """Load the module with `environment` added to this process's, which stays changed on success.

    `reserved` is what C_Initialize gets as pReserved; nothing when it is empty.

    Raises:
        ModuleUnavailable: `module-not-loadable`, `module-not-pkcs11`, `module-initialise-failed` or
            `module-environment-malformed`.
    """
    before = {name: os.environ.get(name) for name in environment}
    try:
        _put(environment)
        return _load(path, reserved)
    except HSMError:
        for name, value in before.items():
            _restore(name, value)
        raise


def snapshot_environment(environment: Mapping[str, str]) -> dict[str, str | None]:
    """Return what the variables that matter are now, for a later comparison."""
    return {name: os.environ.get(name) for name in {*environment, *_READ_ONCE}}


def check_environment(
    path: Path, environment: Mapping[str, str], loaded_with: Mapping[str, str | None]
) -> None:
    """Check that a module which is loaded already was loaded with this environment.

    Raises:
        ModuleUnavailable: `module-environment-fixed`.
    """
    for name in {*environment, *loaded_with}:
        wanted = environment.get(name, os.environ.get(name))
        if wanted != loaded_with.get(name, os.environ.get(name)):
            raise _fixed(path, name)


def check_reserved(path: Path, reserved: str, loaded_with: str) -> None:
    """Check that a module which is loaded already was initialised with this text as pReserved.

    Raises:
        ModuleUnavailable: `module-environment-fixed`.
    """
    if reserved != loaded_with:
        raise _fixed(path, "`reserved`")


def _fixed(path: Path, what: str) -> ModuleUnavailable:
    return ModuleUnavailable(
        "module-environment-fixed",
        f"{path.name} is loaded in this process with another {what}",
        hint="use another process for another environment",
    )


def _load(path: Path, reserved: str) -> Library:
    try:
        # This fails with a reason, where the binding's own loader has one text for all.
        ctypes.CDLL(str(path)).C_GetFunctionList  # noqa: B018 - whether it is there
        return Library(str(path), reserved)
    except OSError as exc:
        reason = " ".join(str(exc).split())
        raise ModuleUnavailable(
            "module-not-loadable", f"{path} cannot be loaded: {reason}", hint="it must fit this machine"
        ) from exc
    except AttributeError as exc:
        raise ModuleUnavailable(
            "module-not-pkcs11",
            f"{path} has no C_GetFunctionList",
            hint="name the PKCS#11 module of the token",
        ) from exc
    except PKCS11Error as exc:
        raise ModuleUnavailable(
            "module-initialise-failed",
            f"{path} does not initialise: {type(exc).__name__} {exc}".rstrip(),
            hint="check the module's own configuration (SoftHSM: SOFTHSM2_CONF and its token directory; "
            "NSS: reserved in [module])",
        ) from exc


def _put(environment: Mapping[str, str]) -> None:
    try:
        os.environ.update(environment)
    except (ValueError, TypeError) as exc:
        raise ModuleUnavailable(
            "module-environment-malformed",
            "a variable for the module cannot be set",
            hint="names have no =, values no NUL",
        ) from exc


def _restore(name: str, value: str | None) -> None:
    if value is None:
        os.environ.pop(name, None)
    else:
        os.environ[name] = value


def _not_found(path: Path) -> ModuleUnavailable:
    return ModuleUnavailable(
        "module-not-found",
        f"no PKCS#11 module at {path}",
        hint="install the token's module, or correct its path",
    )
