"""The card's side of the virtual reader of vsmartcard: frames over TCP, two octets of length first."""

import socket
import struct
import threading
from contextlib import suppress
from functools import reduce
from operator import xor
from typing import Final

from tests.support.piv.card import Card


def _build_atr(historical: bytes) -> bytes:
    """Build the answer to reset of a card that speaks T=0 and T=1 (ISO/IEC 7816-3 section 8.2)."""
    body = bytes([0x80 | len(historical), 0x80, 0x01]) + historical
    return b"\x3b" + body + bytes([reduce(xor, body)])


ATR: Final = _build_atr(b"IKI TEST")
"""Historical bytes of nobody's: without any, OpenSC takes it for a PIVKey, whose EC keys it leaves alone."""

_OFF: Final = b"\x00"
_ON: Final = b"\x01"
_RESET: Final = b"\x02"
_GET_ATR: Final = b"\x04"


class Reader:
    """A reader into which one card can be put, and out of which it can be pulled at any instant."""

    def __init__(self, card: Card, port: int) -> None:
        """Talk to the daemon at this port of the loopback address; nothing is inserted yet."""
        self._card = card
        self._address = ("127.0.0.1", port)
        self._connection: socket.socket | None = None

    @property
    def is_inserted(self) -> bool:
        """Whether the card is in the reader."""
        return self._connection is not None

    def insert(self) -> None:
        """Put the card in; the daemon will notice.

        Raises:
            OSError: no reader listens.
        """
        if self._connection is None:
            self._card.reset()
            self._connection = socket.create_connection(self._address, timeout=10)
            self._connection.settimeout(None)
            threading.Thread(target=self._serve, args=(self._connection,), daemon=True).start()

    def pull(self) -> None:
        """Take the card out; a command that it works on is never answered."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()

    def _serve(self, connection: socket.socket) -> None:
        with suppress(OSError):
            while (frame := _receive(connection)) is not None:
                answer = self._answer(frame)
                if answer is not None:
                    connection.sendall(struct.pack(">H", len(answer)) + answer)

    def _answer(self, frame: bytes) -> bytes | None:
        if frame == _GET_ATR:
            return ATR
        if frame in (_OFF, _ON, _RESET):
            self._card.reset()
            return None
        return self._card.channel.transmit(frame)


def _receive(connection: socket.socket) -> bytes | None:
    header = _receive_exactly(connection, 2)
    return header and _receive_exactly(connection, struct.unpack(">H", header)[0])


def _receive_exactly(connection: socket.socket, octets: int) -> bytes | None:
    data = b""
    while len(data) < octets:
        more = connection.recv(octets - len(data))
        if not more:
            return None
        data += more
    return data
