"""The PIV card application: its commands, its PIN and the rules of its keys (NIST SP 800-73-4 part 2)."""

import time
from collections.abc import Callable, Mapping
from typing import Final

from tests.support.piv.apdu import (
    AUTHENTICATION_METHOD_BLOCKED,
    CLASS_NOT_SUPPORTED,
    FILE_NOT_FOUND,
    INCORRECT_PARAMETERS,
    INSTRUCTION_NOT_SUPPORTED,
    REFERENCE_NOT_FOUND,
    SECURITY_STATUS_NOT_SATISFIED,
    WRONG_DATA,
    CardError,
    Channel,
    Command,
)
from tests.support.piv.keys import CardKey
from tests.support.piv.objects import APPLICATION, build_application_properties, build_objects
from tests.support.piv.tlv import decode, encode

TRIES: Final = 3
"""Wrong PINs in a row that lock the card."""

_PIN: Final = 0x80
_PIN_OCTETS: Final = 8
_DIGITAL_SIGNATURE: Final = 0x9C
_CARD_AUTHENTICATION: Final = 0x9E

_VERIFY: Final = 0x20
_GENERAL_AUTHENTICATE: Final = 0x87
_SELECT: Final = 0xA4
_GET_DATA: Final = 0xCB
_GET_VERSION: Final = 0xFD
_GET_SERIAL: Final = 0xF8


class Card:
    """One card; what it remembers without power are its keys and the PIN's counter."""

    def __init__(self, keys: Mapping[int, CardKey], pin: str, number: int) -> None:
        """Make a card with keys by key reference; `number` is its serial number, below 2**32."""
        self._keys = keys
        self.change_pin(pin)
        self._number = number.to_bytes(4, "big")
        self._objects = build_objects(keys, self._number.rjust(16, b"\x01"))
        self._commands: Mapping[int, Callable[[Command], bytes]] = {
            _SELECT: self._select,
            _GET_DATA: self._get_data,
            _VERIFY: self._verify,
            _GENERAL_AUTHENTICATE: self._authenticate,
            _GET_VERSION: lambda _: bytes([5, 2, 7]),
            _GET_SERIAL: lambda _: self._number,
        }
        self.tries = TRIES
        """Wrong PINs that are left."""
        self.verified = 0
        """How often a PIN was sent to it."""
        self.signatures = 0
        """How often a private key was used."""
        self.before_signature: Callable[[], None] = lambda: None
        """Called before a private key is used."""
        self.pause = 0.0
        """Seconds that a private key takes."""
        self.channel = Channel(self._execute)
        self.reset()

    def change_pin(self, pin: str) -> None:
        """Set another PIN, as its holder may do elsewhere; padded by the host (part 2, section 2.4.3)."""
        self._pin = pin.encode().ljust(_PIN_OCTETS, b"\xff")

    def reset(self) -> None:
        """Forget login and application, as without power (part 2, section 2.4.2)."""
        self.channel.reset()
        self._selected = False
        self._logged_in = False
        self._fresh = False

    def _execute(self, command: Command) -> bytes:
        fresh, self._fresh = self._fresh, False
        if command.cla:
            raise CardError(CLASS_NOT_SUPPORTED)
        execute = self._commands.get(command.ins)
        if execute is None or not (self._selected or command.ins == _SELECT):
            raise CardError(INSTRUCTION_NOT_SUPPORTED)
        if command.ins == _GENERAL_AUTHENTICATE:
            self._fresh = fresh
        return execute(command)

    def _select(self, command: Command) -> bytes:
        """SELECT (part 2, section 3.1.1): by AID, which may be cut on the right."""
        name = command.data
        if command.p1 != 0x04 or len(name) < 5 or not APPLICATION.startswith(name):
            raise CardError(FILE_NOT_FOUND)
        self._selected, self._logged_in = True, False
        return build_application_properties()

    def _get_data(self, command: Command) -> bytes:
        """GET DATA (part 2, section 3.1.2)."""
        asked = dict(_decode(command.data)).get(0x5C)
        if (command.p1, command.p2) != (0x3F, 0xFF) or asked is None:
            raise CardError(INCORRECT_PARAMETERS)
        found = self._objects.get(int.from_bytes(asked, "big"))
        if found is None:
            raise CardError(FILE_NOT_FOUND)
        return found

    def _verify(self, command: Command) -> bytes:
        """VERIFY (part 2, section 3.2.1); without data it asks for the counter and costs no try."""
        if command.p2 != _PIN:
            raise CardError(REFERENCE_NOT_FOUND)
        if command.p1 == 0xFF:
            self._logged_in = False
            return b""
        if not command.data and self._logged_in:
            return b""
        if not self.tries:
            raise CardError(AUTHENTICATION_METHOD_BLOCKED)
        if not command.data:
            raise CardError(0x63C0 | self.tries)
        if len(command.data) != _PIN_OCTETS:
            raise CardError(WRONG_DATA)
        self._check_pin(command.data)
        return b""

    def _check_pin(self, pin: bytes) -> None:
        self.verified += 1
        if pin == self._pin:
            self.tries = TRIES
            self._logged_in = self._fresh = True
            return
        self.tries -= 1
        self._logged_in = False
        raise CardError(0x63C0 | self.tries if self.tries else AUTHENTICATION_METHOD_BLOCKED)

    def _authenticate(self, command: Command) -> bytes:
        """GENERAL AUTHENTICATE, as a signature (part 2, section 3.2.4 and appendix A.4)."""
        key = self._keys.get(command.p2)
        if key is None or key.algorithm != command.p1:
            raise CardError(INCORRECT_PARAMETERS)
        challenge = dict(_decode(dict(_decode(command.data)).get(0x7C, b""))).get(0x81)
        if challenge is None:
            raise CardError(WRONG_DATA)
        self._check_access(command.p2)
        self.before_signature()
        time.sleep(self.pause)
        value = key.respond(challenge)
        self.signatures += 1
        return encode(0x7C, encode(0x82, value))

    def _check_access(self, slot: int) -> None:
        """Check the PIN: once, directly before the operation for 9C, not at all for 9E (part 1, table 4b)."""
        allowed = self._logged_in or slot == _CARD_AUTHENTICATION
        if slot == _DIGITAL_SIGNATURE:
            allowed, self._fresh = self._fresh, False
        if not allowed:
            raise CardError(SECURITY_STATUS_NOT_SATISFIED)


def _decode(data: bytes) -> list[tuple[int, bytes]]:
    try:
        return list(decode(data))
    except ValueError as error:
        raise CardError(WRONG_DATA) from error
