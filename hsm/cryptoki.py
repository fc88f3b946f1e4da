"""The few Cryptoki calls that the binding has not, or has in a way that does not last.

The binding calls `C_Initialize(NULL)`, which promises the module a single thread, and then releases
the interpreter's lock around every call: two threads crash SoftHSM within seconds. Its login leaks
the session when the PIN is wrong, and its logout on close logs out every other session. So these
four functions are called here, through the module's own function list (PKCS#11 v2.40 section 5.2).
"""

import ctypes
import os
from typing import Final

from pkcs11 import exceptions as binding

_CKF_OS_LOCKING_OK: Final = 0x2
_CKU_USER: Final = 1
_LABEL_OCTETS: Final = 32
# cryptoki.h asks for one-byte packing on Windows and for the platform's own alignment elsewhere.
_PACKING: Final = 1 if os.name == "nt" else 0

_CKR_OK: Final = 0
_CKR_USER_ALREADY_LOGGED_IN: Final = 0x100
_EXCEPTION_BY_RESULT: Final[dict[int, type[binding.PKCS11Error]]] = {
    0x02: binding.HostMemory,
    0x03: binding.SlotIDInvalid,
    0x05: binding.GeneralError,
    0x06: binding.FunctionFailed,
    0x07: binding.ArgumentsBad,
    0x30: binding.DeviceError,
    0x31: binding.DeviceMemory,
    0x32: binding.DeviceRemoved,
    0x50: binding.FunctionCancelled,
    0x54: binding.FunctionNotSupported,
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
}

_Result = ctypes.c_ulong
_Pointer = ctypes.c_void_p


class _Version(ctypes.Structure):
    _fields_ = (("major", ctypes.c_ubyte), ("minor", ctypes.c_ubyte))


class _FunctionList(ctypes.Structure):
    """The beginning of CK_FUNCTION_LIST: the order of its functions is fixed since v2.0."""

    _pack_ = _PACKING
    _fields_ = (("version", _Version), ("functions", _Pointer * 20))


class _InitializeArguments(ctypes.Structure):
    _pack_ = _PACKING
    _fields_ = (("mutexes", _Pointer * 4), ("flags", ctypes.c_ulong), ("reserved", _Pointer))


_INITIALIZE: Final = (0, ctypes.CFUNCTYPE(_Result, _Pointer))
_INIT_TOKEN: Final = (
    9,
    ctypes.CFUNCTYPE(_Result, ctypes.c_ulong, ctypes.c_char_p, ctypes.c_ulong, ctypes.c_char_p),
)
_LOGIN: Final = (
    18,
    ctypes.CFUNCTYPE(_Result, ctypes.c_ulong, ctypes.c_ulong, ctypes.c_char_p, ctypes.c_ulong),
)
_LOGOUT: Final = (19, ctypes.CFUNCTYPE(_Result, ctypes.c_ulong))


class Cryptoki:
    """A loaded shared library's function list; every method raises the binding's own exceptions."""

    def __init__(self, path: str) -> None:
        """Load the shared library and ask it for its functions.

        The library stays loaded for the life of the process: ctypes never unloads, and unloading
        under a live session crashes.

        Raises:
            OSError: it cannot be loaded.
            AttributeError: it has no C_GetFunctionList, so it is no PKCS#11 module.
            PKCS11Error: C_GetFunctionList failed.
        """
        library = ctypes.CDLL(path)
        functions = ctypes.POINTER(_FunctionList)()
        get_function_list = library.C_GetFunctionList
        get_function_list.restype = _Result
        _check(get_function_list(ctypes.byref(functions)))
        self._functions = functions.contents.functions

    def initialize(self) -> None:
        """Call C_Initialize with CKF_OS_LOCKING_OK: many threads, the system's own mutexes.

        Raises:
            PKCS11Error: the module refused, or something else in this process initialised it before.
        """
        index, prototype = _INITIALIZE
        arguments = _InitializeArguments(flags=_CKF_OS_LOCKING_OK)
        _check(prototype(self._functions[index])(ctypes.addressof(arguments)))

    def init_token(self, slot_id: int, so_pin: str, label: str) -> None:
        """Call C_InitToken; it destroys all that is on the token.

        Raises:
            PKCS11Error: as the module answers.
        """
        index, prototype = _INIT_TOKEN
        pin = so_pin.encode()
        padded = label.encode().ljust(_LABEL_OCTETS)
        _check(prototype(self._functions[index])(slot_id, pin, len(pin), padded))

    def login(self, session: int, pin: str) -> None:
        """Call C_Login for the user, exactly once; already logged in is success.

        Raises:
            PKCS11Error: as the module answers.
        """
        index, prototype = _LOGIN
        octets = pin.encode()
        result = prototype(self._functions[index])(session, _CKU_USER, octets, len(octets))
        if result != _CKR_USER_ALREADY_LOGGED_IN:
            _check(result)

    def logout(self, session: int) -> None:
        """Call C_Logout, which ends the login of every session with that token in this process.

        Raises:
            PKCS11Error: as the module answers.
        """
        index, prototype = _LOGOUT
        _check(prototype(self._functions[index])(session))


def _check(result: int) -> None:
    """Raise what the binding would raise for this CK_RV."""
    if result == _CKR_OK:
        return
    known = _EXCEPTION_BY_RESULT.get(result)
    raise known() if known else binding.PKCS11Error(f"CKR 0x{result:08X}")
