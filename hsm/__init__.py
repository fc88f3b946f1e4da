"""Tokens, keys and signatures over PKCS#11, and nothing else.

Only the names in `__all__` are public. This package imports nothing of `agent`, and nothing else
imports the PKCS#11 binding. What is heavy is loaded when it is asked for: a worker process, which starts
while somebody waits, needs the binding and not the client, and its client the other way round.
"""

from typing import TYPE_CHECKING, Any

from hsm.discovery import find_softhsm
from hsm.errors import (
    CertificateAmbiguous,
    CertificateNotFound,
    HSMError,
    KeyAmbiguous,
    KeyNotFound,
    MechanismMissing,
    ModuleUnavailable,
    PINLocked,
    PINRejected,
    PINRequired,
    ProvisioningRefused,
    SigningFailed,
    TokenAmbiguous,
    TokenNotFound,
    TokenUnavailable,
    URIError,
)
from hsm.pin_state import check_login_path, refuse_dangerous_login
from hsm.profile import ModuleProfile
from hsm.secret import PIN, Credential, ProtectedPath
from hsm.uri import PKCS11URI
from hsm.values import (
    CertificateObject,
    HashName,
    KeyDescription,
    KeyKind,
    RawSignature,
    TokenDescription,
)

if TYPE_CHECKING:
    from hsm.client import TokenClient, open_client
    from hsm.endings import describe_status
    from hsm.examination.asking import check_concurrency, examine_module, examine_token
    from hsm.examination.values import (
        ModuleExamination,
        PublicKeyObject,
        TokenExamination,
        hashing_mechanism,
        mechanism_for,
    )
    from hsm.key import PrivateKey
    from hsm.module import Module
    from hsm.opening import open_module
    from hsm.provisioning import choose_token, initialise_token
    from hsm.token import Token
    from hsm.token_key import PendingSignature, TokenKey
    from hsm.worker.hardening import forbid_core_dumps

__all__ = [
    "PIN",
    "PKCS11URI",
    "CertificateAmbiguous",
    "CertificateNotFound",
    "CertificateObject",
    "Credential",
    "HSMError",
    "HashName",
    "KeyAmbiguous",
    "KeyDescription",
    "KeyKind",
    "KeyNotFound",
    "MechanismMissing",
    "Module",
    "ModuleExamination",
    "ModuleProfile",
    "ModuleUnavailable",
    "PINLocked",
    "PINRejected",
    "PINRequired",
    "PendingSignature",
    "PrivateKey",
    "ProtectedPath",
    "ProvisioningRefused",
    "PublicKeyObject",
    "RawSignature",
    "SigningFailed",
    "Token",
    "TokenAmbiguous",
    "TokenClient",
    "TokenDescription",
    "TokenExamination",
    "TokenKey",
    "TokenNotFound",
    "TokenUnavailable",
    "URIError",
    "check_concurrency",
    "check_login_path",
    "choose_token",
    "describe_status",
    "examine_module",
    "examine_token",
    "find_softhsm",
    "forbid_core_dumps",
    "hashing_mechanism",
    "initialise_token",
    "mechanism_for",
    "open_client",
    "open_module",
    "refuse_dangerous_login",
]

_LATE = {
    "ModuleExamination": "hsm.examination.values",
    "PublicKeyObject": "hsm.examination.values",
    "TokenExamination": "hsm.examination.values",
    "check_concurrency": "hsm.examination.asking",
    "examine_module": "hsm.examination.asking",
    "examine_token": "hsm.examination.asking",
    "hashing_mechanism": "hsm.examination.values",
    "mechanism_for": "hsm.examination.values",
    "Module": "hsm.module",
    "PrivateKey": "hsm.key",
    "Token": "hsm.token",
    "TokenClient": "hsm.client",
    "PendingSignature": "hsm.token_key",
    "TokenKey": "hsm.token_key",
    "choose_token": "hsm.provisioning",
    "describe_status": "hsm.endings",
    "forbid_core_dumps": "hsm.worker.hardening",
    "initialise_token": "hsm.provisioning",
    "open_client": "hsm.client",
    "open_module": "hsm.opening",
}


def __getattr__(name: str) -> Any:
    """Load a public name that needs the binding (PEP 562)."""
    if name not in _LATE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module  # noqa: PLC0415

    return getattr(import_module(_LATE[name]), name)
