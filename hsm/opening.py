"""The door of this package: a module by its path."""

import threading
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from hsm.library import (
    check_environment,
    check_reserved,
    load_library,
    resolve_module,
    snapshot_environment,
)
from hsm.module import Module

_NOTHING: Final[Mapping[str, str]] = MappingProxyType({})
# C_Initialize is once per process (PKCS#11 v2.40 section 5.4), so this belongs to the process too.
_loading: Final = threading.Lock()
_loaded: Final[dict[Path, tuple[Module, dict[str, str | None], str]]] = {}


def open_module(path: Path, environment: Mapping[str, str] = _NOTHING, reserved: str = "") -> Module:
    """Load and initialise a PKCS#11 module, or return the one that is loaded from that file.

    `environment` is put into this process's environment first; SoftHSM reads SOFTHSM2_CONF once. `reserved`
    is what C_Initialize gets as pReserved: a text of the vendor's own, which NSS softokn wants.

    Raises:
        ModuleUnavailable: `module-not-found`, `module-not-loadable`, `module-not-pkcs11`,
            `module-initialise-failed`, `module-environment-malformed`, or `module-environment-fixed`
            when it is loaded with another environment or another `reserved`.
    """
    resolved = resolve_module(path)
    with _loading:
        known = _loaded.get(resolved)
        if known is not None:
            check_environment(resolved, environment, known[1])
            check_reserved(resolved, reserved, known[2])
            return known[0]
        module = Module(resolved, load_library(resolved, environment, reserved))
        _loaded[resolved] = (module, snapshot_environment(environment), reserved)
        return module
