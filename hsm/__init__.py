"""Tokens, keys and signatures over PKCS#11, and nothing else.

Only the names in `__all__` are public. This package imports nothing of `agent`, and nothing else
imports the PKCS#11 binding.
"""

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
from hsm.key import PrivateKey
from hsm.module import Module, refuse_dangerous_login
from hsm.opening import open_module
from hsm.provisioning import initialise_token
from hsm.secret import PIN
from hsm.token import Token
from hsm.uri import PKCS11URI
from hsm.values import (
    CertificateObject,
    HashName,
    KeyDescription,
    KeyKind,
    RawSignature,
    TokenDescription,
)

__all__ = [
    "PIN",
    "PKCS11URI",
    "CertificateAmbiguous",
    "CertificateNotFound",
    "CertificateObject",
    "HSMError",
    "HashName",
    "KeyAmbiguous",
    "KeyDescription",
    "KeyKind",
    "KeyNotFound",
    "MechanismMissing",
    "Module",
    "ModuleUnavailable",
    "PINLocked",
    "PINRejected",
    "PINRequired",
    "PrivateKey",
    "ProvisioningRefused",
    "RawSignature",
    "SigningFailed",
    "Token",
    "TokenAmbiguous",
    "TokenDescription",
    "TokenNotFound",
    "TokenUnavailable",
    "URIError",
    "find_softhsm",
    "initialise_token",
    "open_module",
    "refuse_dangerous_login",
]
