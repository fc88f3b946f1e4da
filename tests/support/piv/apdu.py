"""Commands and responses of ISO/IEC 7816-4, and how long ones travel in short pieces."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

OK: Final = 0x9000
WRONG_LENGTH: Final = 0x6700
SECURITY_STATUS_NOT_SATISFIED: Final = 0x6982
AUTHENTICATION_METHOD_BLOCKED: Final = 0x6983
WRONG_DATA: Final = 0x6A80
FILE_NOT_FOUND: Final = 0x6A82
INCORRECT_PARAMETERS: Final = 0x6A86
REFERENCE_NOT_FOUND: Final = 0x6A88
INSTRUCTION_NOT_SUPPORTED: Final = 0x6D00
CLASS_NOT_SUPPORTED: Final = 0x6E00

_CHAINING: Final = 0x10
_GET_RESPONSE: Final = 0xC0
_SHORT: Final = 256
_EXTENDED: Final = 65536


class CardError(Exception):
    """A command that the card answers with a status word alone."""

    def __init__(self, status: int) -> None:
        """Keep the status word (ISO/IEC 7816-4 section 5.1.3)."""
        super().__init__(f"{status:04X}")
        self.status = status


@dataclass(frozen=True, slots=True)
class Command:
    """A command APDU (ISO/IEC 7816-4 section 5.1)."""

    cla: int
    ins: int
    p1: int
    p2: int
    data: bytes = b""
    expected: int = 0
    """Ne: the most octets that the answer may have; 0 for none."""

    @classmethod
    def parse(cls, octets: bytes) -> "Command":
        """Parse the four cases, with short and with extended length fields.

        Raises:
            CardError: `WRONG_LENGTH`.
        """
        if len(octets) < 4:
            raise CardError(WRONG_LENGTH)
        (cla, ins, p1, p2), body = octets[:4], octets[4:]
        command = cls(cla, ins, p1, p2)
        if not body:
            return command
        if len(body) == 1:
            return replace(command, expected=body[0] or _SHORT)
        if body[0] or len(body) == 1 + body[0]:
            return command._with_data(body[1:], body[0], 1)
        if len(body) == 3:
            return replace(command, expected=int.from_bytes(body[1:], "big") or _EXTENDED)
        return command._with_data(body[3:], int.from_bytes(body[1:3], "big"), 2)

    def _with_data(self, body: bytes, length: int, width: int) -> "Command":
        """Take data and, in a field of `width` octets, what is expected."""
        data, rest = body[:length], body[length:]
        if len(data) != length or len(rest) not in (0, width):
            raise CardError(WRONG_LENGTH)
        largest = _SHORT if width == 1 else _EXTENDED
        expected = (int.from_bytes(rest, "big") or largest) if rest else 0
        return replace(self, data=data, expected=expected)


class Channel:
    """Puts chained commands together and hands long answers out in pieces."""

    def __init__(self, execute: Callable[[Command], bytes]) -> None:
        """Have whole commands executed, by what returns the answer's data or raises `CardError`."""
        self._execute = execute
        self.reset()

    def reset(self) -> None:
        """Forget what is under way, as a card without power does."""
        self._chain: Command | None = None
        self._left = b""

    def transmit(self, octets: bytes) -> bytes:
        """Answer one command APDU with one response APDU."""
        try:
            data, status = self._answer(Command.parse(octets))
        except CardError as error:
            data, status = b"", error.status
        return data + status.to_bytes(2, "big")

    def _answer(self, command: Command) -> tuple[bytes, int]:
        if command.ins == _GET_RESPONSE:
            return self._hand_out(self._left, command.expected)
        if self._chain is not None:  # ISO/IEC 7816-4 section 5.3.3
            command = replace(command, data=self._chain.data + command.data)
        self._chain, self._left = None, b""
        if command.cla & _CHAINING:
            self._chain = replace(command, cla=command.cla & ~_CHAINING)
            return b"", OK
        return self._hand_out(self._execute(command), command.expected)

    def _hand_out(self, data: bytes, expected: int) -> tuple[bytes, int]:
        """Return what fits, and 61xx when something is left (ISO/IEC 7816-4 section 5.3.4)."""
        size = expected or _SHORT
        self._left = data[size:]
        return data[:size], (0x6100 | min(len(self._left), _SHORT - 1)) if self._left else OK
