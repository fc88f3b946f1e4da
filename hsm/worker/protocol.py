"""What goes through the pipe between a client and its worker: frames, and the values inside of them.

A frame is its length, the number of the request, a kind and the payload. Signatures, of which there
are many, are packed octets; everything else is JSON; a PIN is its octets as they are, so that no encoder
ever holds it, in memory that is overwritten once it was written or used.
"""

import json
import os
import struct
from collections.abc import Mapping
from enum import IntEnum
from typing import Any, Final

import hsm.errors
from hsm.digests import LONGEST_MESSAGE, DigestToSign, octets_of
from hsm.errors import HSMError, ModuleUnavailable, Recovery
from hsm.secret import PIN, Credential, ProtectedPath, wipe
from hsm.uri import PKCS11URI
from hsm.values import CertificateObject, HashName, KeyDescription, TokenDescription

_HEADER: Final = struct.Struct("=IIB")  # octets of the payload, request, kind
_SIGN: Final = struct.Struct("=IdBh")  # key, deadline, digest's name, salt; digest, what it is of
_LOGIN: Final = struct.Struct("=BH")  # whether to insist on a final try; octets of the PIN, 0 for the pad
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
    LOGIN_AND_SIGN = 6
    """With the context-specific login of an always-authenticate key."""


_WITH_PIN: Final = frozenset((Kind.LOGIN, Kind.LOGIN_AND_SIGN))


def pack_frame(request: int, kind: int, payload: bytes | bytearray) -> bytes | bytearray:
    """Build a frame, one that can be wiped of a payload that can be; `request` is below 2**32."""
    header = _HEADER.pack(len(payload), request, kind)
    return header + payload if isinstance(payload, bytes) else bytearray(header) + payload


class FrameReader:
    """Frames out of a pipe, many with one read, into memory that keeps no PIN."""

    def __init__(self, descriptor: int) -> None:
        """Read from this descriptor."""
        self._descriptor = descriptor
        self._buffer = memoryview(bytearray(_READ))
        self._start = self._end = 0

    def take(self) -> tuple[int, int, bytes | bytearray] | None:
        """Take a frame that is here already: request, kind, payload; None when there is none.

        The payload of a frame with a PIN is a bytearray, for whoever takes it to wipe.
        """
        begin = self._start + _HEADER.size
        if begin > self._end:
            return None
        length, request, kind = _HEADER.unpack_from(self._buffer, self._start)
        end = begin + length
        if end > self._end:
            return None
        self._start = end
        if kind not in _WITH_PIN:
            return request, kind, bytes(self._buffer[begin:end])
        payload = bytearray(self._buffer[begin:end])
        self._buffer[begin:end] = bytes(length)
        return request, kind, payload

    @property
    def is_ready(self) -> bool:
        """Whether a whole frame is here."""
        size = self._end - self._start - _HEADER.size
        return size >= 0 and size >= int(_HEADER.unpack_from(self._buffer, self._start)[0])

    def fill(self) -> bool:
        """Read once, waiting for it; False when the other side has gone or speaks something else."""
        if self._start == self._end:
            self._start = self._end = 0
        elif self._end == len(self._buffer):
            self._make_room()
        try:
            read = os.readv(self._descriptor, [self._buffer[self._end :]])
        except OSError:
            return False
        self._end += read
        return bool(read) and self._end < _LARGEST

    def _make_room(self) -> None:
        """Move what is here to the front, of a larger buffer if it fills more than half of this one."""
        rest = self._buffer[self._start : self._end]
        larger = memoryview(bytearray(len(self._buffer) * (2 if 2 * len(rest) > len(self._buffer) else 1)))
        larger[: len(rest)] = rest
        rest[:] = bytes(len(rest))
        self._start, self._end, self._buffer = 0, len(rest), larger


def write_all(descriptor: int, data: bytes | bytearray) -> None:
    """Write to the end.

    Raises:
        OSError: the other side has gone.
    """
    written = os.write(descriptor, data)
    while written < len(data):
        written += os.write(descriptor, memoryview(data)[written:])


def pack_sign(key: int, deadline: float, asked: DigestToSign) -> bytes:
    """Build the payload of a request to sign."""
    salt = _NO_SALT if asked.pss_salt is None else asked.pss_salt
    header = _SIGN.pack(key, deadline, HASHES.index(asked.hash_name), salt)
    if asked.message is None or len(asked.message) > LONGEST_MESSAGE:
        return header + asked.octets
    return header + asked.octets + asked.message


def unpack_sign(payload: bytes | bytearray) -> tuple[int, float, DigestToSign]:
    """Take it apart: key, deadline, digest; the message is compared with the digest once more.

    Raises:
        SigningFailed: as `DigestToSign`.
    """
    key, deadline, index, salt = _SIGN.unpack_from(payload)
    name, start = HASHES[index], _SIGN.size
    end = start + octets_of(name)
    message = bytes(payload[end:]) if len(payload) > end else None
    asked = DigestToSign(bytes(payload[start:end]), name, None if salt == _NO_SALT else salt, message)
    return key, deadline, asked


def unpack_sign_head(payload: bytes | bytearray) -> tuple[int, float, int, int]:
    """Take its fixed part: key, deadline, number of the hash, salt; what follows is `unpack_sign`'s."""
    return _SIGN.unpack_from(payload)


def digest_of(payload: bytes | bytearray, octets: int) -> bytes | bytearray | None:
    """Take the digest of so many octets; None when there is a message too."""
    return payload[_SIGN.size :] if len(payload) == _SIGN.size + octets else None


def pack_login(credential: Credential, *, final_try: bool, then: bytes = b"") -> bytearray:
    """Build the payload of a login, and of the request to sign that follows it for some keys; to be wiped.

    `final_try` says that a wrong PIN may lock the token.
    """
    pin = bytearray() if isinstance(credential, ProtectedPath) else credential.lend()
    payload = bytearray(_LOGIN.pack(final_try, len(pin)))
    payload += pin
    payload += then
    return payload


def unpack_login(payload: bytes | bytearray) -> tuple[Credential, bool, bytes]:
    """Take it apart: PIN or pad, whether it may be the final try, what follows; the payload is wiped."""
    final_try, octets = _LOGIN.unpack_from(payload)
    end = _LOGIN.size + octets
    try:
        with memoryview(payload) as view:
            credential = PIN(view[_LOGIN.size : end]) if octets else ProtectedPath()
        return credential, bool(final_try), bytes(payload[end:])
    finally:
        if isinstance(payload, bytearray):
            wipe(payload)


def pack_call(name: str, arguments: Mapping[str, Any]) -> bytes:
    """Build the payload of any other request."""
    return json.dumps([name, arguments], default=_to_json).encode()


def pack_value(value: Any) -> bytes:
    """Build the payload of an answer."""
    return json.dumps(value, default=_to_json).encode()


def unpack(payload: bytes | bytearray) -> Any:
    """Read the payload of a call or an answer."""
    return json.loads(payload)


def pack_error(error: HSMError) -> bytes:
    """Build the payload that carries an error to the other side."""
    name = type(error).__name__
    return json.dumps([name, error.code, error.message, error.hint, int(error.recovery)]).encode()


def unpack_error(payload: bytes | bytearray) -> HSMError:
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
