"""Frames over a socket between a process and its worker; open files travel beside a frame.

A frame is its length (4 octets, big-endian), its kind (1 octet), and its payload.
"""

import os
import socket
import struct
import time
from collections.abc import Sequence
from enum import IntEnum
from typing import Final

_HEAD: Final = struct.Struct(">IB")
LARGEST_FRAME: Final = 64 * 1024 * 1024
"""Octets of one message: a form of a hundred thousand rows. What is larger ends the worker that sent it."""
_MOST_FILES: Final = 3


class Kind(IntEnum):
    """What a frame is."""

    REQUEST = 1
    VALUE = 2
    """The answer to a request."""
    PIECE = 3
    """A piece of the output; a value follows."""
    ERROR = 4


class ChannelClosedError(Exception):
    """The other end has gone, or does not speak as agreed."""


class ChannelTimeoutError(Exception):
    """The other end did not answer in time."""


class Channel:
    """One end of a connected socket."""

    def __init__(self, connected: socket.socket) -> None:
        """Take the socket over."""
        self._socket = connected

    def close(self) -> None:
        """Close this end."""
        self._socket.close()

    def send(self, kind: Kind, payload: bytes | memoryview, files: Sequence[int] = ()) -> None:
        """Send a frame, with descriptors beside it.

        Raises:
            ChannelClosedError: the other end has gone.
            ChannelTimeoutError: it does not read.

        """
        head = _HEAD.pack(len(payload), kind)
        try:
            if files:
                socket.send_fds(self._socket, [head], list(files))
                self._socket.sendall(payload)
            elif len(payload) < _HEAD.size << 10:
                self._socket.sendall(head + payload)
            else:
                self._socket.sendall(head)
                self._socket.sendall(payload)
        except TimeoutError as error:
            raise ChannelTimeoutError from error
        except OSError as error:
            raise ChannelClosedError from error

    def receive(self, *, until: float | None = None) -> tuple[int, bytes]:
        """Receive a frame: kind and payload.

        Args:
            until: an instant of `time.monotonic` after which nobody waits any more.

        Raises:
            ChannelClosedError: the other end has gone, or sent no frame.
            ChannelTimeoutError: it is late.

        """
        length, kind = _HEAD.unpack(self._take(_HEAD.size, until))
        if length > LARGEST_FRAME:
            raise ChannelClosedError
        return kind, self._take(length, until)

    def receive_with_files(self) -> tuple[int, bytes, list[int]]:
        """Receive a frame and the descriptors beside it; raises ChannelClosedError."""
        try:
            head, files, _, _ = socket.recv_fds(self._socket, _HEAD.size, _MOST_FILES)
        except OSError as error:
            raise ChannelClosedError from error
        try:
            # nothing at all is the end of the other side, which _take meets again
            head += self._take(_HEAD.size - len(head), None)
            length, kind = _HEAD.unpack(head)
            return kind, self._take(length, None), files
        except BaseException:
            for file in files:
                os.close(file)
            raise

    def limit_sending(self, seconds: float | None) -> None:
        """Wait no longer than that for the other end to read what is sent; None waits for ever."""
        self._socket.settimeout(seconds)

    def _take(self, length: int, until: float | None) -> bytes:
        """Receive exactly that many octets."""
        pieces: list[bytes] = []
        while length:
            if until is not None:
                # zero would mean not to wait at all, and to say so in another way
                self._socket.settimeout(max(until - time.monotonic(), 0.001))
            try:
                piece = self._socket.recv(min(length, 1 << 20))
            except TimeoutError as error:
                raise ChannelTimeoutError from error
            except OSError as error:
                raise ChannelClosedError from error
            if not piece:
                raise ChannelClosedError
            pieces.append(piece)
            length -= len(piece)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)
