"""What goes through the pipe between a client and its worker: frames, and the values inside of them.

A frame is its length, the number of the request, a kind and the payload. Signatures, of which there
are many, are packed octets; everything else is JSON; a PIN is its UTF-8 behind one octet, so that no
encoder ever holds it.
"""

import json
import os
import struct
from collections.abc import Iterator, Mapping
from enum import IntEnum
from typing import Any, Final

import hsm.errors
from hsm.digests import DigestToSign
from hsm.errors import HSMError, ModuleUnavailable, Recovery
from hsm.secret import PIN
from hsm.uri import PKCS11URI
from hsm.values import CertificateObject, HashName, KeyDescription, TokenDescription

_HEADER: Final = struct.Struct("=IIB")  # octets of the payload, request, kind
_SIGN: Final = struct.Struct("=IdBh")  # key, deadline, digest's name, salt; then the digest
_NO_SALT: Final = -1
_READ: Final = 1 << 16
_LARGEST: Final = 1 << 26
HASHES: Final[tuple[HashName, ...]] = ("sha256", "sha384", "sha512")


class Kind(IntEnum):
    """What a frame is."""

    CALL = 0
    LOGIN = 1
    SIGN = 2
    VALUE = 3
    SIGNATURE = 4
    ERROR = 5


def pack_frame(request: int, kind: int, payload: bytes) -> bytes:
    """Build a frame; `request` is below 2**32."""
    return _HEADER.pack(len(payload), request, kind) + payload


class FrameReader:
    """Frames out of a pipe, many with one read."""

    def __init__(self, descriptor: int) -> None:
        """Read from this descriptor."""
        self._descriptor = descriptor
        self._buffer = b""

    def take(self) -> tuple[int, int, bytes] | None:
        """Take a frame that is here already: request, kind, payload; None when there is none."""
        buffer = self._buffer
        if len(buffer) < _HEADER.size:
            return None
        length, request, kind = _HEADER.unpack_from(buffer)
        end = _HEADER.size + length
        if len(buffer) < end:
            return None
        self._buffer = buffer[end:]
        return request, kind, buffer[_HEADER.size : end]

    @property
    def is_ready(self) -> bool:
        """Whether a whole frame is here."""
        size = len(self._buffer)
        return size >= _HEADER.size and size >= _HEADER.size + int(_HEADER.unpack_from(self._buffer)[0])

    def fill(self) -> bool:
        """Read once, waiting for it; False when the other side has gone or speaks something else."""
        try:
            read = os.read(self._descriptor, _READ)
        except OSError:
            return False
        self._buffer += read
        return bool(read) and len(self._buffer) < _LARGEST

    def frames(self) -> Iterator[tuple[int, int, bytes]]:
        """Take all frames that are here."""
        while (frame := self.take()) is not None:
            yield frame


def write_all(descriptor: int, data: bytes) -> None:
    """Write to the end.

    Raises:
        OSError: the other side has gone.
    """
    while data:
        data = data[os.write(descriptor, data) :]


def pack_sign(key: int, deadline: float, asked: DigestToSign) -> bytes:
    """Build the payload of a request to sign."""
    salt = _NO_SALT if asked.pss_salt is None else asked.pss_salt
    return _SIGN.pack(key, deadline, HASHES.index(asked.hash_name), salt) + asked.octets


def unpack_sign(payload: bytes) -> tuple[int, float, DigestToSign]:
    """Take it apart: key, deadline, digest."""
    key, deadline, index, salt = _SIGN.unpack_from(payload)
    asked = DigestToSign(payload[_SIGN.size :], HASHES[index], None if salt == _NO_SALT else salt)
    return key, deadline, asked


def pack_login(pin: PIN, *, final_try: bool) -> bytes:
    """Build the payload of a login: whether a wrong PIN may lock the token, and the PIN."""
    return bytes([final_try]) + pin.reveal().encode()


def unpack_login(payload: bytes) -> tuple[PIN, bool]:
    """Take it apart."""
    return PIN(payload[1:].decode()), bool(payload[0])


def pack_call(name: str, arguments: Mapping[str, Any]) -> bytes:
    """Build the payload of any other request."""
    return json.dumps([name, arguments], default=_to_json).encode()


def pack_value(value: Any) -> bytes:
    """Build the payload of an answer."""
    return json.dumps(value, default=_to_json).encode()


def unpack(payload: bytes) -> Any:
    """Read the payload of a call or an answer."""
    return json.loads(payload)


def pack_error(error: HSMError) -> bytes:
    """Build the payload that carries an error to the other side."""
    name = type(error).__name__
    return json.dumps([name, error.code, error.message, error.hint, int(error.recovery)]).encode()


def unpack_error(payload: bytes) -> HSMError:
    """Build the error again."""
    name, code, message, hint, recovery = json.loads(payload)
    kind = getattr(hsm.errors, name, ModuleUnavailable)
    error: HSMError = kind(code, message, hint=hint, recovery=Recovery(recovery))
    return error


def to_token(values: Mapping[str, Any]) -> TokenDescription:
    """Build a token's description from an answer."""
    return TokenDescription(**(dict(values) | {"uri": PKCS11URI.parse(values["uri"])}))


def to_key(values: Mapping[str, Any]) -> KeyDescription:
    """Build a key's description from an answer."""
    public_key = values["public_key"]
    changed = {
        "id": bytes.fromhex(values["id"]),
        "public_key": None if public_key is None else bytes.fromhex(public_key),
        "uri": PKCS11URI.parse(values["uri"]),
    }
    return KeyDescription(**(dict(values) | changed))


def to_certificate(values: Mapping[str, Any]) -> CertificateObject:
    """Build a certificate object from an answer."""
    changed = {
        "id": bytes.fromhex(values["id"]),
        "der": bytes.fromhex(values["der"]),
        "uri": PKCS11URI.parse(values["uri"]),
    }
    return CertificateObject(**(dict(values) | changed))


def _to_json(value: Any) -> Any:
    match value:
        case PKCS11URI():
            return str(value)
        case bytes():
            return value.hex()
        case TokenDescription() | KeyDescription() | CertificateObject():
            return {name: getattr(value, name) for name in value.__slots__}
    raise TypeError(type(value).__name__)
