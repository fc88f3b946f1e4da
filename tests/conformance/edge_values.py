"""Signature values at the edges of what ECDSA and RSA allow, each with the answer that is right.

ECDSA: FIPS 186-5 clause 6.4.2, XMLDSig 1.1 clause 6.4.3 (raw), RFC 3279 clause 2.2.3 (DER).
RSA: RFC 8017 clauses 8.2.2 and 9.2: the encoded message is compared whole, never parsed.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils

from agent.pki.algorithms import (
    ECDSA_SHA256,
    ECDSA_SHA384,
    ECDSA_SHA512,
    RSA_SHA256,
    SignatureAlgorithm,
)
from agent.pki.der import INTEGER, NULL, OCTET_STRING, SEQUENCE, encode, encode_object_identifier
from agent.pki.signatures import SignatureMismatch, der_to_raw, verify_digest_signature
from tests.conformance.judging import Opinion
from tests.pki.support import make_key, spki_of

_CONTENT: Final = b"what is signed"
_CURVES: Final = {
    "ec-p256": (
        ECDSA_SHA256,
        hashes.SHA256(),
        0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
    ),
    "ec-p384": (
        ECDSA_SHA384,
        hashes.SHA384(),
        2**384 - 1388124618062372383947042015309946732620727252194336364173,
    ),
    "ec-p521": (
        ECDSA_SHA512,
        hashes.SHA512(),
        2**521 - 657877501894328237357444332315020117536923257219387276263472201219398408051703,
    ),
}
_SHA256: Final = "2.16.840.1.101.3.4.2.1"
_SHA512: Final = "2.16.840.1.101.3.4.2.3"
_NULL: Final = encode(NULL, b"")


@dataclass(frozen=True, slots=True)
class EdgeValue:
    """One value, and whether it is a signature."""

    name: str
    spki: bytes
    algorithm: SignatureAlgorithm
    value: bytes
    valid: bool
    der: bool = False
    """An ECDSA value in DER, as X.509 and CMS have it; else raw, or RSA's."""


def run(edge: EdgeValue) -> Opinion:
    """Verify a value, DER by way of raw."""
    digest = hashlib.new(edge.algorithm.hash_name, _CONTENT).digest()
    try:
        raw = der_to_raw(edge.value, edge.algorithm.coordinate_length) if edge.der else edge.value
        verify_digest_signature(edge.spki, edge.algorithm, digest, raw)
    except SignatureMismatch as error:
        return Opinion(valid=False, why=error.code)
    return Opinion(valid=True)


FAMILIES: Final = ("ec-p256", "ec-p384", "ec-p521", "rsa-2048, exponent 65537", "rsa-2048, exponent 3")
"""The kinds of key that have edges of their own."""


@cache
def list_edge_values(family: str) -> tuple[EdgeValue, ...]:
    """List the values of a family; keys and signatures are made anew in each process."""
    if family in _CURVES:
        return (*_raw_values(family), *_der_values(family))
    return tuple(_rsa_values(family, int(family.rpartition(" ")[2])))


def _numbers(kind: str, label: str = "edge") -> tuple[int, int]:
    """Sign the content; give r and s."""
    key = make_key(label, kind)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return utils.decode_dss_signature(key.sign(_CONTENT, ec.ECDSA(_CURVES[kind][1])))


def _short_numbers(kind: str) -> tuple[int, int]:
    """Sign until r has a leading zero octet, which careless encoders drop."""
    width = _CURVES[kind][0].coordinate_length
    while True:
        r, s = _numbers(kind)
        if r.bit_length() <= 8 * (width - 1):
            return r, s


def _raw_values(kind: str) -> Iterator[EdgeValue]:
    """List raw r‖s."""
    algorithm, _, n = _CURVES[kind]
    spki, width = spki_of(make_key("edge", kind)), algorithm.coordinate_length
    top = 2 ** (8 * width) - 1

    def edge(name: str, value: bytes, *, valid: bool = False) -> EdgeValue:
        return EdgeValue(f"{kind} raw: {name}", spki, algorithm, value, valid)

    def pair(r: int, s: int, size: int = width) -> bytes:
        return r.to_bytes(size, "big") + s.to_bytes(size, "big")

    r, s = _numbers(kind)
    yield edge("genuine", pair(r, s), valid=True)
    yield edge("n - s in place of s, the same signature by the arithmetic", pair(r, n - s), valid=True)
    small_r, small_s = _short_numbers(kind)
    yield edge("leading zero octet in r", pair(small_r, small_s), valid=True)
    yield edge("leading zero octet of r dropped", pair(small_r, small_s)[1:])
    yield edge("another key's", pair(*_numbers(kind, "other edge")))
    for name, numbers in {
        "r and s zero": (0, 0),
        "r zero": (0, s),
        "s zero": (r, 0),
        "r is n": (n, s),
        "s is n": (r, n),
        "r and s are n": (n, n),
        "r is n + 1": (n + 1, s),
        "s is n + 1": (r, n + 1),
        "r and s one": (1, 1),
        "r one, s zero": (1, 0),
        "r and s n - 1": (n - 1, n - 1),
        "all bits set": (top, top),
        "halves exchanged": (s, r),
        "s one more": (r, (s + 1) % n),
    }.items():
        yield edge(name, pair(*numbers))
    for name, value in {
        "empty": b"",
        "one half": pair(r, s)[:width],
        "one octet short": pair(r, s)[:-1],
        "one octet long": pair(r, s) + b"\0",
        "one octet long in front": b"\0" + pair(r, s),
        "both halves one octet over-long": pair(r, s, width + 1),
        "both halves twice as long": pair(r, s, 2 * width),
        "twice": pair(r, s) * 2,
        "DER": utils.encode_dss_signature(r, s),
    }.items():
        yield edge(name, value)


def _integer(number: int, *, pad: int = 0) -> bytes:
    """Encode an INTEGER, with zero octets too many when asked."""
    return encode(INTEGER, bytes(pad) + number.to_bytes(number.bit_length() // 8 + 1, "big", signed=True))


def _der_values(kind: str) -> Iterator[EdgeValue]:
    """List DER of Ecdsa-Sig-Value, and what only looks like it."""
    algorithm, _, n = _CURVES[kind]
    spki, (r, s) = spki_of(make_key("edge", kind)), _numbers(kind)
    small_r, small_s = _short_numbers(kind)
    body = _integer(r) + _integer(s)
    length = len(body)
    unsigned = r.to_bytes((r.bit_length() + 7) // 8, "big")
    negative = encode(INTEGER, (-r).to_bytes(r.bit_length() // 8 + 1, "big", signed=True))
    good = {
        "genuine": encode(SEQUENCE, body),
        "short r": encode(SEQUENCE, _integer(small_r) + _integer(small_s)),
    }
    bad = {
        "r non-minimal": encode(SEQUENCE, _integer(r, pad=1) + _integer(s)),
        "s non-minimal": encode(SEQUENCE, _integer(r) + _integer(s, pad=1)),
        "s padded with 100 octets": encode(SEQUENCE, _integer(r) + _integer(s, pad=100)),
        "length in three octets": bytes((SEQUENCE, 0x82)) + length.to_bytes(2, "big") + body,
        "length in five octets": bytes((SEQUENCE, 0x84)) + length.to_bytes(4, "big") + body,
        "indefinite length": bytes((SEQUENCE, 0x80)) + body + b"\0\0",
        "octets behind": encode(SEQUENCE, body) + b"\0",
        "octets inside, behind": encode(SEQUENCE, body + b"\0"),
        "NULL inside, behind": encode(SEQUENCE, body + _NULL),
        "three numbers": encode(SEQUENCE, body + _integer(1)),
        "one number": encode(SEQUENCE, _integer(r)),
        "no number": encode(SEQUENCE, b""),
        "no octet in r": encode(SEQUENCE, encode(INTEGER, b"") + _integer(s)),
        "cut short": encode(SEQUENCE, body)[:-1],
        "SET": encode(0x31, body),
        "OCTET STRING for r": encode(SEQUENCE, encode(OCTET_STRING, unsigned) + _integer(s)),
        "r negated": encode(SEQUENCE, negative + _integer(s)),
        "r zero": encode(SEQUENCE, _integer(0) + _integer(s)),
        "r and s zero": encode(SEQUENCE, _integer(0) * 2),
        "s is n": encode(SEQUENCE, _integer(r) + _integer(n)),
        "r is r + n": encode(SEQUENCE, _integer(r + n) + _integer(s)),
        "r over-long by far": encode(SEQUENCE, _integer(r + n * 2**64) + _integer(s)),
        "raw": r.to_bytes(algorithm.coordinate_length, "big")
        + s.to_bytes(algorithm.coordinate_length, "big"),
        "empty": b"",
    }
    for valid, values in ((True, good), (False, bad)):
        for name, value in values.items():
            yield EdgeValue(f"{kind} DER: {name}", spki, algorithm, value, valid, der=True)


def _digest_info(oid: str, digest: bytes, parameters: bytes = _NULL) -> bytes:
    """Encode DigestInfo (RFC 8017 clause 9.2)."""
    return encode(
        SEQUENCE, encode(SEQUENCE, encode_object_identifier(oid) + parameters) + encode(OCTET_STRING, digest)
    )


def _encoded_messages(size: int) -> Iterator[tuple[str, bytes]]:
    """List encoded messages, right only for the first."""
    digest = hashlib.sha256(_CONTENT).digest()
    info = _digest_info(_SHA256, digest)
    long_form = bytes((SEQUENCE, 0x81, len(info) - 2)) + info[2:]

    def message(tail: bytes, *, start: bytes = b"\0\1", fill: bytes = b"\xff") -> bytes:
        return start + fill * (size - len(start) - 1 - len(tail)) + b"\0" + tail

    yield "made by hand", message(info)
    yield "NULL left out of DigestInfo", message(_digest_info(_SHA256, digest, b""))
    yield "DigestInfo of SHA-512 around a SHA-256 digest", message(_digest_info(_SHA512, digest))
    yield "DigestInfo of SHA-512", message(_digest_info(_SHA512, hashlib.sha512(_CONTENT).digest()))
    yield "no DigestInfo", message(digest)
    yield "DigestInfo with a length in long form", message(long_form)
    yield (
        "DigestInfo with parameters that hold octets",
        message(_digest_info(_SHA256, digest, encode(OCTET_STRING, bytes(16)))),
    )
    yield "octets behind DigestInfo", message(info + b"\0")
    garbage = size - len(info) - 11
    yield "eight octets of padding, garbage behind", b"\0\1" + b"\xff" * 8 + b"\0" + info + bytes(garbage)
    yield "padding cut to none, garbage behind", b"\0\1\0" + info + bytes(size - len(info) - 3)
    yield "one octet of padding not FF", message(info).replace(b"\xff\xff\0", b"\xff\xfe\0")
    yield "padding of zeros", message(info, fill=b"\0")
    yield "block type 2", message(info, start=b"\0\2")
    yield "block type 0", message(info, start=b"\0\0", fill=b"\0")
    yield "no zero octet before DigestInfo", message(info).replace(b"\xff\0\x30", b"\xff\xff\x30")
    yield "digest cut short", message(_digest_info(_SHA256, digest[:-1]))
    yield "another digest", message(_digest_info(_SHA256, bytes(32)))


def _rsa_values(family: str, exponent: int) -> Iterator[EdgeValue]:
    """List RSA values; those of a wrong encoded message are made with the private key's own arithmetic."""
    key = rsa.generate_private_key(exponent, 2048) if exponent != 65537 else make_key("edge", "rsa-2048")
    assert isinstance(key, rsa.RSAPrivateKey)
    numbers, size = key.private_numbers(), key.key_size // 8
    n, spki = numbers.public_numbers.n, spki_of(key)

    def edge(name: str, value: bytes, *, valid: bool = False) -> EdgeValue:
        return EdgeValue(f"{family}: {name}", spki, RSA_SHA256, value, valid)

    for index, (name, message) in enumerate(_encoded_messages(size)):
        assert len(message) == size
        value = pow(int.from_bytes(message, "big"), numbers.d, n).to_bytes(size, "big")
        yield edge(name, value, valid=index == 0)
    genuine = key.sign(_CONTENT, padding.PKCS1v15(), hashes.SHA256())
    whole = int.from_bytes(genuine, "big")
    yield edge("genuine", genuine, valid=True)
    yield edge(
        "RSASSA-PSS", key.sign(_CONTENT, padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256())
    )
    for name, value in {
        "empty": b"",
        "short by the last octet": genuine[:-1],
        "short by the first octet": genuine[1:],
        "padded in front": b"\0" + genuine,
        "padded behind": genuine + b"\0",
        "plus the modulus": (whole + n).to_bytes(size + 1, "big"),
        "zero": bytes(size),
        "one": (1).to_bytes(size, "big"),
        "modulus less one": (n - 1).to_bytes(size, "big"),
        "modulus": n.to_bytes(size, "big"),
        "modulus less the value": (n - whole).to_bytes(size, "big"),
        "octets reversed": genuine[::-1],
        "all bits set": b"\xff" * size,
    }.items():
        yield edge(name, value)
