"""The few Cryptoki calls that the binding has not, or has in a way that does not last.

The binding calls `C_Initialize(NULL)`, which promises the module a single thread, and then releases
the interpreter's lock around every call: two threads crash SoftHSM within seconds. Its login leaks
the session when the PIN is wrong, and its logout on close logs out every other session. Its
signature asks for the length first, which costs a network HSM another round trip. So these functions are
called here, through the module's own function list (PKCS#11 v2.40 section 5.2).
"""

import ctypes
import os
from typing import Any, Final

from pkcs11 import exceptions as binding

from hsm.secret import PIN, Credential, ProtectedPath

_CKF_OS_LOCKING_OK: Final = 0x2
_CKU_USER: Final = 1
_CKU_CONTEXT_SPECIFIC: Final = 2
_LABEL_OCTETS: Final = 32
# cryptoki.h asks for one-byte packing on Windows and for the platform's own alignment elsewhere.
_PACKING: Final = 1 if os.name == "nt" else 0


class KeyFunctionNotPermitted(binding.PKCS11Error):
    """CKR_KEY_FUNCTION_NOT_PERMITTED, which the binding has no class for."""


class CryptokiNotInitialized(binding.PKCS11Error):
    """CKR_CRYPTOKI_NOT_INITIALIZED, which the binding has no class for."""


_CKR_OK: Final = 0
_CKR_USER_ALREADY_LOGGED_IN: Final = 0x100
_EXCEPTION_BY_RESULT: Final[dict[int, type[binding.PKCS11Error]]] = {
    0x02: binding.HostMemory,
    0x03: binding.SlotIDInvalid,
    0x05: binding.GeneralError,
    0x06: binding.FunctionFailed,
    0x07: binding.ArgumentsBad,
    0x20: binding.DataInvalid,
    0x21: binding.DataLenRange,
    0x30: binding.DeviceError,
    0x31: binding.DeviceMemory,
    0x32: binding.DeviceRemoved,
    0x50: binding.FunctionCancelled,
    0x54: binding.FunctionNotSupported,
    0x60: binding.KeyHandleInvalid,
    0x62: binding.KeySizeRange,
    0x63: binding.KeyTypeInconsistent,
    0x68: KeyFunctionNotPermitted,
    0x70: binding.MechanismInvalid,
    0x71: binding.MechanismParamInvalid,
    0x82: binding.ObjectHandleInvalid,
    0x90: binding.OperationActive,
    0x91: binding.OperationNotInitialized,
    0xA0: binding.PinIncorrect,
    0xA1: binding.PinInvalid,
    0xA2: binding.PinLenRange,
    0xA3: binding.PinExpired,
    0xA4: binding.PinLocked,
    0xB0: binding.SessionClosed,
    0xB1: binding.SessionCount,
    0xB3: binding.SessionHandleInvalid,
    0xB6: binding.SessionExists,
    0xE0: binding.TokenNotPresent,
    0xE1: binding.TokenNotRecognised,
    0xE2: binding.TokenWriteProtected,
    0x101: binding.UserNotLoggedIn,
    0x102: binding.UserPinNotInitialized,
    0x104: binding.AnotherUserAlreadyLoggedIn,
    0x105: binding.UserTooManyTypes,
    0x190: CryptokiNotInitialized,
}

_Result = ctypes.c_ulong
_Pointer = ctypes.c_void_p


class _Version(ctypes.Structure):
    _fields_ = (("major", ctypes.c_ubyte), ("minor", ctypes.c_ubyte))


class _FunctionList(ctypes.Structure):
    """CK_FUNCTION_LIST of v2.40: the order of its functions is fixed since v2.0."""

    _pack_ = _PACKING
    _fields_ = (("version", _Version), ("functions", _Pointer * 68))


class _InitializeArguments(ctypes.Structure):
    _pack_ = _PACKING
    _fields_ = (("mutexes", _Pointer * 4), ("flags", ctypes.c_ulong), ("reserved", _Pointer))


class _Mechanism(ctypes.Structure):
    _pack_ = _PACKING
    _fields_ = (("type", ctypes.c_ulong), ("parameter", _Pointer), ("octets", ctypes.c_ulong))


class _PSSParameters(ctypes.Structure):
    """CK_RSA_PKCS_PSS_PARAMS, PKCS#11 v2.40 mechanisms 2.1.9."""

    _pack_ = _PACKING
    _fields_ = (("hash", ctypes.c_ulong), ("mask", ctypes.c_ulong), ("salt", ctypes.c_ulong))


# Name -> place in CK_FUNCTION_LIST and types of the arguments.
_FUNCTIONS: Final[dict[str, tuple[int, tuple[Any, ...]]]] = {
    "C_Initialize": (0, (_Pointer,)),
    "C_Finalize": (1, (_Pointer,)),
    "C_InitToken": (9, (ctypes.c_ulong, ctypes.c_char_p, ctypes.c_ulong, ctypes.c_char_p)),
    "C_Login": (18, (ctypes.c_ulong, ctypes.c_ulong, ctypes.c_char_p, ctypes.c_ulong)),
    "C_Logout": (19, (ctypes.c_ulong,)),
    "C_SignInit": (42, (ctypes.c_ulong, _Pointer, ctypes.c_ulong)),
    "C_Sign": (43, (ctypes.c_ulong, ctypes.c_char_p, ctypes.c_ulong, _Pointer, _Pointer)),
}


class Cryptoki:
    """A module's function list; every method raises the binding's own exceptions."""

    def __init__(self, address: int, reserved: str = "") -> None:
        """Take the functions of a CK_FUNCTION_LIST, which the module keeps where it is.

        `reserved` is a text that the vendor wants as pReserved of C_Initialize (PKCS#11 v2.40 section 5.4).
        """
        self._reserved = ctypes.create_string_buffer(reserved.encode()) if reserved else None
        pointers = _FunctionList.from_address(address).functions
        self._calls: dict[str, Any] = {
            name: ctypes.CFUNCTYPE(_Result, *arguments)(pointers[index])
            for name, (index, arguments) in _FUNCTIONS.items()
        }
        self._sign_init, self._sign = self._calls["C_SignInit"], self._calls["C_Sign"]
        self._mechanisms: dict[tuple[int, tuple[int, int, int] | None], Any] = {}

    def initialize(self) -> None:
        """Call C_Initialize with CKF_OS_LOCKING_OK: many threads, the system's own mutexes.

        Raises:
            PKCS11Error: the module refused, or something else in this process initialised it before.
        """
        reserved = None if self._reserved is None else ctypes.addressof(self._reserved)
        arguments = _InitializeArguments(flags=_CKF_OS_LOCKING_OK, reserved=reserved)
        _check(self._calls["C_Initialize"](ctypes.addressof(arguments)))

    def finalize(self) -> None:
        """Call C_Finalize; nobody may be inside the module, and every session and login is over.

        Raises:
            PKCS11Error: as the module answers.
        """
        _check(self._calls["C_Finalize"](None))

    def init_token(self, slot_id: int, so_pin: PIN, label: str) -> None:
        """Call C_InitToken; it destroys all that is on the token.

        Raises:
            PKCS11Error: as the module answers.
        """
        padded = label.encode().ljust(_LABEL_OCTETS)
        _check(self._calls["C_InitToken"](slot_id, *_point_to(so_pin), padded))

    def login(self, session: int, credential: Credential) -> None:
        """Call C_Login for the user, exactly once; already logged in is success.

        Raises:
            PKCS11Error: as the module answers.
        """
        result = self._calls["C_Login"](session, _CKU_USER, *_point_to(credential))
        if result != _CKR_USER_ALREADY_LOGGED_IN:
            _check(result)

    def logout(self, session: int) -> None:
        """Call C_Logout, which ends the login of every session with that token in this process.

        Raises:
            PKCS11Error: as the module answers.
        """
        _check(self._calls["C_Logout"](session))

    def place_mechanism(self, number: int, pss: tuple[int, int, int] | None) -> int:
        """Place a CK_MECHANISM in memory, for good, and return its address; `pss` is hash, mask and salt."""
        description = self._mechanisms.get((number, pss))
        if description is None:
            description = self._mechanisms[number, pss] = _describe_mechanism(number, pss)
        return ctypes.addressof(description)

    def sign(
        self, session: int, mechanism: int, key: int, data: bytes, octets: int, credential: Credential | None
    ) -> bytes:
        """Call C_SignInit and C_Sign once each, for a signature of at most `octets` octets.

        `mechanism` is where `place_mechanism` put it. With a credential, the context-specific login of an
        always-authenticate key comes between them.

        Raises:
            PKCS11Error: as the module answers; the operation may still be active in the session then.
        """
        result = self._sign_init(session, mechanism, key)
        if not result and credential is not None:
            result = self._calls["C_Login"](session, _CKU_CONTEXT_SPECIFIC, *_point_to(credential))
        if not result:
            value = ctypes.create_string_buffer(octets)
            length = ctypes.c_ulong(octets)
            result = self._sign(session, data, len(data), ctypes.addressof(value), ctypes.addressof(length))
            if not result:
                return value.raw[: length.value]
        _check(result)
        return b""


def _point_to(credential: Credential) -> tuple[Any, int]:
    """Point to the PIN's own octets, of which no copy is made; NULL asks the token's own pad."""
    if isinstance(credential, ProtectedPath):
        return None, 0
    octets = credential.lend()
    return (ctypes.c_char * len(octets)).from_buffer(octets), len(octets)


def _describe_mechanism(number: int, pss: tuple[int, int, int] | None) -> _Mechanism:
    if pss is None:
        return _Mechanism(type=number)
    parameters = _PSSParameters(*pss)
    description = _Mechanism(number, ctypes.addressof(parameters), ctypes.sizeof(parameters))
    description.kept = parameters  # its address is in the structure, which does not hold it
    return description


def _check(result: int) -> None:
    """Raise what the binding would raise for this CK_RV."""
    if result == _CKR_OK:
        return
    known = _EXCEPTION_BY_RESULT.get(result)
    raise known() if known else binding.PKCS11Error(f"CKR 0x{result:08X}")
