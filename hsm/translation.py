"""The one place where the binding's exceptions become this package's own."""

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from pkcs11 import exceptions as binding

from hsm.cryptoki import CryptokiNotInitialized, KeyFunctionNotPermitted
from hsm.errors import (
    HSMError,
    MechanismMissing,
    PINLocked,
    PINRejected,
    PINRequired,
    ProvisioningRefused,
    Recovery,
    SigningFailed,
    TokenUnavailable,
)

_RETRY_PLUG: Final = "check that the token is plugged in and the HSM is up, then `iki token list`"
_RETRY_PLUG_OR_TOOL: Final = (
    f"{_RETRY_PLUG}; a module that makes no key for signing only (tpm2-pkcs11) says no more either:"
    " use the vendor's own tool"
)
_RETRY_LATER: Final = "close other programs that use the token and try again"
_NO_PIN_RETRY: Final = "nothing was retried; check the PIN before the next attempt, tokens lock after a few"
_PIN_OFFICER: Final = "have the token's security officer set a new PIN with the vendor's tool"
_CANCELLED: Final = "somebody, or its own time-out, ended it at the token: run the command again"
_WRITABLE: Final = "open the token as writable, or remove its write protection"

_Outcome = tuple[type[HSMError], str, str]

_OUTCOMES: Final[dict[type[binding.PKCS11Error], _Outcome]] = {
    binding.PinIncorrect: (PINRejected, "pin-rejected", _NO_PIN_RETRY),
    binding.PinInvalid: (PINRejected, "pin-malformed", _NO_PIN_RETRY),
    binding.PinLenRange: (PINRejected, "pin-length", _NO_PIN_RETRY),
    binding.PinTooWeak: (PINRejected, "pin-too-weak", "choose a longer PIN"),
    binding.PinExpired: (PINRejected, "pin-expired", _PIN_OFFICER),
    binding.PinLocked: (PINLocked, "pin-locked", _PIN_OFFICER),
    binding.UserPinNotInitialized: (PINRequired, "pin-not-set", _PIN_OFFICER),
    binding.UserNotLoggedIn: (PINRequired, "login-required", "open the token with its PIN"),
    binding.DeviceRemoved: (TokenUnavailable, "token-removed", _RETRY_PLUG),
    binding.TokenNotPresent: (TokenUnavailable, "token-removed", _RETRY_PLUG),
    binding.NoSuchToken: (TokenUnavailable, "token-removed", _RETRY_PLUG),
    binding.TokenNotRecognised: (TokenUnavailable, "token-not-recognised", _RETRY_PLUG),
    binding.SlotIDInvalid: (TokenUnavailable, "token-removed", _RETRY_PLUG),
    binding.DeviceError: (TokenUnavailable, "token-error", _RETRY_PLUG),
    binding.GeneralError: (TokenUnavailable, "token-error", _RETRY_PLUG),
    binding.FunctionFailed: (TokenUnavailable, "token-error", _RETRY_PLUG),
    binding.HostMemory: (TokenUnavailable, "token-error", _RETRY_PLUG),
    binding.SessionHandleInvalid: (TokenUnavailable, "session-lost", _RETRY_PLUG),
    binding.SessionClosed: (TokenUnavailable, "session-lost", _RETRY_PLUG),
    binding.ObjectHandleInvalid: (TokenUnavailable, "object-lost", _RETRY_PLUG),
    binding.KeyHandleInvalid: (TokenUnavailable, "object-lost", _RETRY_PLUG),
    binding.OperationActive: (TokenUnavailable, "session-wedged", _RETRY_LATER),
    binding.OperationNotInitialized: (TokenUnavailable, "session-wedged", _RETRY_LATER),
    binding.PKCS11Error: (TokenUnavailable, "token-error", _RETRY_PLUG),
    binding.FunctionCancelled: (TokenUnavailable, "cancelled-at-token", _CANCELLED),
    binding.SessionCount: (TokenUnavailable, "token-busy", _RETRY_LATER),
    binding.DeviceMemory: (TokenUnavailable, "token-full", _RETRY_LATER),
    binding.AnotherUserAlreadyLoggedIn: (TokenUnavailable, "token-busy", _RETRY_LATER),
    binding.UserTooManyTypes: (TokenUnavailable, "token-busy", _RETRY_LATER),
    binding.MechanismInvalid: (MechanismMissing, "mechanism-missing", "`pkcs11-tool --list-mechanisms`"),
    CryptokiNotInitialized: (TokenUnavailable, "token-error", _RETRY_PLUG),
    KeyFunctionNotPermitted: (SigningFailed, "key-may-not-sign", "choose a signing key; `iki key list`"),
    binding.TokenWriteProtected: (ProvisioningRefused, "token-read-only", _WRITABLE),
    binding.SessionReadOnly: (ProvisioningRefused, "session-read-only", _WRITABLE),
}


# What the same results mean where something is to be made or destroyed.
_VENDOR_TOOL: Final = "this module does not allow it: use the vendor's own tool, then `iki key list`"
_PROVISIONING: Final[dict[type[binding.PKCS11Error], _Outcome]] = {
    binding.GeneralError: (TokenUnavailable, "token-error", _RETRY_PLUG_OR_TOOL),
    binding.FunctionNotSupported: (ProvisioningRefused, "function-not-supported", _VENDOR_TOOL),
    binding.UserNotLoggedIn: (
        ProvisioningRefused,
        "officer-login-required",
        "this token lets only its security officer do that: use the vendor's own tool",
    ),
    binding.SessionExists: (
        ProvisioningRefused,
        "token-in-use",
        "close every other program that uses the token, then try again",
    ),
}


_RECOVERIES: Final[dict[type[binding.PKCS11Error], Recovery]] = {
    binding.SessionCount: Recovery.WAIT,
    binding.DeviceMemory: Recovery.WAIT,
    binding.ObjectHandleInvalid: Recovery.FIND_KEY,
    binding.KeyHandleInvalid: Recovery.FIND_KEY,
    binding.SessionHandleInvalid: Recovery.FIND_KEY,
    binding.SessionClosed: Recovery.FIND_KEY,
    binding.OperationActive: Recovery.FIND_KEY,
    binding.OperationNotInitialized: Recovery.FIND_KEY,
    binding.UserNotLoggedIn: Recovery.LOGIN,
    binding.DeviceRemoved: Recovery.REINITIALISE,
    binding.DeviceError: Recovery.REINITIALISE,
    binding.TokenNotPresent: Recovery.REINITIALISE,
    binding.TokenNotRecognised: Recovery.REINITIALISE,
    binding.NoSuchToken: Recovery.REINITIALISE,
    binding.SlotIDInvalid: Recovery.REINITIALISE,
    binding.GeneralError: Recovery.REINITIALISE,
    binding.FunctionFailed: Recovery.REINITIALISE,
    binding.HostMemory: Recovery.REINITIALISE,
    CryptokiNotInitialized: Recovery.REINITIALISE,
    # what the binding itself has no class for: CRYPTOKI_NOT_INITIALIZED again, and a vendor's own results
    binding.PKCS11Error: Recovery.REINITIALISE,
}


@contextmanager
def translating(
    operation: str, *, otherwise: type[HSMError] = TokenUnavailable, code: str = "token-error"
) -> Iterator[None]:
    """Turn what the binding raises inside the block into an `HSMError` that names `operation`.

    A result that is not in the table (PKCS#11 v2.40 section 5.1) becomes `otherwise` with `code`.
    The binding also leaks ValueError, NotImplementedError and struct.error when a token answers
    outside the standard's enumerations and lengths; those are the token's error as well.

    Raises:
        HSMError: the translation, with the foreign exception as its cause.
    """
    try:
        yield
    except binding.PKCS11Error as exc:
        special = _PROVISIONING if otherwise is ProvisioningRefused else {}
        known = special.get(type(exc)) or _OUTCOMES.get(type(exc))
        kind, known_code, hint = known or (otherwise, code, _RETRY_PLUG)
        recovery = _RECOVERIES.get(type(exc), Recovery.NONE)
        raise kind(known_code, f"{operation}: {_name(exc)}", hint=hint, recovery=recovery) from exc
    except (ValueError, NotImplementedError, struct.error) as exc:
        message = f"{operation}: the token's answer cannot be understood ({type(exc).__name__})"
        raise otherwise(code, message, hint=_RETRY_PLUG, recovery=Recovery.REINITIALISE) from exc


def _name(exc: binding.PKCS11Error) -> str:
    """Name a binding exception, whose text is most often empty, in one line."""
    detail = " ".join(str(exc).split())
    name = type(exc).__name__
    if isinstance(exc, binding.PinIncorrect):
        return "the PIN is wrong (PIN_INCORRECT)"
    return f"the token answered {name}" + (f" ({detail})" if detail else "")
