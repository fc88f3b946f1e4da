"""RSASSA-PSS-params: which hash, which mask, how long a salt (RFC 4055 clause 3.1)."""

from typing import Final

from agent.pki.der import (
    INTEGER,
    NULL,
    OBJECT_IDENTIFIER,
    SEQUENCE,
    Element,
    MalformedDERError,
    encode,
    encode_object_identifier,
    parse_element,
    parse_object_identifier,
)

_HASHES: Final = {
    "2.16.840.1.101.3.4.2.1": "sha256",
    "2.16.840.1.101.3.4.2.2": "sha384",
    "2.16.840.1.101.3.4.2.3": "sha512",
}
_MGF1: Final = "1.2.840.113549.1.1.8"
_HASH, _MASK, _SALT = 0xA0, 0xA1, 0xA2
_MAX_SALT_OCTETS: Final = 2
_SIGN: Final = 0x80


def parse_pss_parameters(parameters: Element) -> tuple[str, int]:
    """Parse the hash's name and the octets of salt.

    The hash is empty for what this program does not do: SHA-1 (the default of every field), different
    hashes, another mask or trailer.

    Raises:
        MalformedDERError: it is not RSASSA-PSS-params in DER.

    """
    if parameters.tag != SEQUENCE:
        raise MalformedDERError("no RSASSA-PSS parameters")
    fields = parameters.children(4)
    if tuple(field.tag for field in fields) != (_HASH, _MASK, _SALT):
        return "", 0
    digest, mask, salt = (parse_element(field.contents) for field in fields)
    named, inner = _parse_algorithm(mask)
    if named != _MGF1 or inner is None or salt.tag != INTEGER:
        return "", 0
    hash_name = _HASHES.get(_parse_digest(digest), "")
    octets = salt.contents
    if not octets or len(octets) > _MAX_SALT_OCTETS or (octets[:1] == b"\0" != octets and octets[1] < _SIGN):
        raise MalformedDERError("a salt length that is no small number in the shortest form")
    if _HASHES.get(_parse_digest(inner)) != hash_name or octets[0] & _SIGN:
        return "", 0
    return hash_name, int.from_bytes(octets, "big")


def build_pss_parameters(hash_name: str, salt_length: int) -> bytes:
    """Build the parameters with one hash for both uses; `salt_length` in octets, never the default of 20."""
    identifier = next(oid for oid, name in _HASHES.items() if name == hash_name)
    digest = encode(SEQUENCE, encode_object_identifier(identifier))
    mask = encode(SEQUENCE, encode_object_identifier(_MGF1) + digest)
    salt = encode(INTEGER, salt_length.to_bytes(salt_length.bit_length() // 8 + 1, "big"))
    return encode(SEQUENCE, encode(_HASH, digest) + encode(_MASK, mask) + encode(_SALT, salt))


def _parse_digest(algorithm: Element) -> str:
    """Parse a digest algorithm, whose parameters are absent or NULL (RFC 5754 clause 2)."""
    identifier, parameters = _parse_algorithm(algorithm)
    if parameters is not None and (parameters.tag != NULL or parameters.contents):
        raise MalformedDERError("a digest algorithm with parameters")
    return identifier


def _parse_algorithm(algorithm: Element) -> tuple[str, Element | None]:
    parts = algorithm.children(2)
    if algorithm.tag != SEQUENCE or not parts or parts[0].tag != OBJECT_IDENTIFIER or parts[2:]:
        raise MalformedDERError("no algorithm identifier")
    return parse_object_identifier(parts[0].contents), parts[1] if parts[1:] else None
