"""The backends there are; `python -m tests.backends.catalogue` prints their names for `IKI_REQUIRE`."""

from typing import Final

from tests.backends.backend import Backend
from tests.backends.nss import NSSBackend
from tests.backends.opencryptoki import OpenCryptokiBackend
from tests.backends.p11kit import P11KitBackend
from tests.backends.piv import OpenSCBackend, YubicoBackend
from tests.backends.softhsm import SoftHSMBackend
from tests.backends.tpm2 import TPM2Backend

BACKENDS: Final[tuple[Backend, ...]] = (
    SoftHSMBackend(),
    P11KitBackend(),
    OpenSCBackend(),
    YubicoBackend(),
    TPM2Backend(),
    OpenCryptokiBackend(),
    NSSBackend(),
)


def find_backend(name: str) -> Backend:
    """Find a backend by its name."""
    return next(backend for backend in BACKENDS if backend.name == name)


if __name__ == "__main__":
    print(",".join(backend.name for backend in BACKENDS))  # noqa: T201 - its purpose
