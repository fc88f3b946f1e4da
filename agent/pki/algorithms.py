"""Which key is which, and which signature algorithm it makes: the algorithm follows the key."""

from dataclasses import dataclass
from typing import Final, Literal

from agent.errors import DocumentError
from agent.pki.der import (
    BIT_STRING,
    INTEGER,
    OBJECT_IDENTIFIER,
    SEQUENCE,
    Element,
    MalformedDERError,
    parse_element,
    parse_object_identifier,
)

MIN_MODULUS_BITS: Final = 2048
MIN_EXPONENT: Final = 3

_EC_PUBLIC_KEY: Final = "1.2.840.10045.2.1"
_RSA_ENCRYPTION: Final = "1.2.840.113549.1.1.1"
# RFC 5480 clause 2.1.1.1; the NIST curves keep their NIST names.
_CURVES: Final = {
    "1.2.840.10045.3.1.7": "p256",
    "1.3.132.0.34": "p384",
    "1.3.132.0.35": "p521",
    "1.3.132.0.10": "secp256k1",
    "1.3.36.3.3.2.8.1.1.7": "brainpoolp256r1",
    "1.3.36.3.3.2.8.1.1.11": "brainpoolp384r1",
    "1.3.36.3.3.2.8.1.1.13": "brainpoolp512r1",
}
_OTHER_KEYS: Final = {
    "1.3.101.112": "ed25519",
    "1.3.101.113": "ed448",
    "1.2.840.10040.4.1": "dsa",
    "1.2.840.113549.1.1.10": "rsa-pss",
}


@dataclass(frozen=True, slots=True)
class SignatureAlgorithm:
    """A signature algorithm of XMLDSig and CMS, named as RFC 4051 and RFC 6931 name it."""

    name: str
    """`ecdsa-sha256`, `rsa-sha256`, and their 384 and 512 sisters."""
    hash_name: Literal["sha256", "sha384", "sha512"]
    """As hashlib names it: `sha256`, `sha384`, `sha512`."""
    family: str
    """`ecdsa` or `rsa`."""
    coordinate_length: int
    """Octets of r and of s in a raw ECDSA signature by the curve that goes with it; 0 for RSA."""

    @property
    def digest_length(self) -> int:
        """Octets of the digest that is signed."""
        return int(self.hash_name.removeprefix("sha")) // 8


ECDSA_SHA256: Final = SignatureAlgorithm("ecdsa-sha256", "sha256", "ecdsa", 32)
ECDSA_SHA384: Final = SignatureAlgorithm("ecdsa-sha384", "sha384", "ecdsa", 48)
ECDSA_SHA512: Final = SignatureAlgorithm("ecdsa-sha512", "sha512", "ecdsa", 66)
RSA_SHA256: Final = SignatureAlgorithm("rsa-sha256", "sha256", "rsa", 0)
RSA_SHA384: Final = SignatureAlgorithm("rsa-sha384", "sha384", "rsa", 0)
RSA_SHA512: Final = SignatureAlgorithm("rsa-sha512", "sha512", "rsa", 0)

SIGNATURE_ALGORITHMS: Final = {
    algorithm.name: algorithm
    for algorithm in (ECDSA_SHA256, ECDSA_SHA384, ECDSA_SHA512, RSA_SHA256, RSA_SHA384, RSA_SHA512)
}
"""Every algorithm a verifier may meet, by name; an allow-list."""
_BY_CURVE: Final = {"ec-p256": ECDSA_SHA256, "ec-p384": ECDSA_SHA384, "ec-p521": ECDSA_SHA512}


@dataclass(frozen=True, slots=True)
class PublicKeyStrength:
    """What a policy weighs about a public key; read from the octets, so a hostile key is only described."""

    kind: str
    """`ec-p256`, `rsa-2048`, `ed25519`, … or `unknown-` and the dotted identifier."""
    family: str
    """`ecdsa`, `rsa`, or empty for a key that this program does not verify with."""
    modulus_bits: int
    """RSA modulus in bits; 0 for others."""
    exponent: int
    """RSA public exponent; 0 for others."""


def key_strength(spki_der: bytes) -> PublicKeyStrength:
    """Parse a SubjectPublicKeyInfo (RFC 5280 clause 4.1.2.7) far enough to judge it.

    Raises:
        DocumentError: `key-malformed` when it is not one.

    """
    try:
        return _parse_strength(spki_der)
    except MalformedDERError as error:
        raise DocumentError("key-malformed", f"not a public key: {error}") from error


def key_weakness(spki_der: bytes) -> str:
    """Say in one clause why a key is too weak for anybody; empty when it is not.

    Floor, not policy: RSA below 2048 bits, an RSA exponent that is even or below 3, a curve or kind that
    this program does not verify with (NIST SP 800-131A, FIPS 186-5). Configuration may ask for more.

    Raises:
        DocumentError: `key-malformed` when it is not a SubjectPublicKeyInfo.

    """
    strength = key_strength(spki_der)
    if not strength.family:
        return f"a key of kind {strength.kind} is not allowed"
    if strength.family == "rsa" and strength.modulus_bits < MIN_MODULUS_BITS:
        return f"an RSA modulus of {strength.modulus_bits} bits is too short"
    if strength.family == "rsa" and (strength.exponent < MIN_EXPONENT or strength.exponent % 2 == 0):
        return f"the RSA exponent {strength.exponent} is not allowed"
    return ""


def key_kind(spki_der: bytes) -> str:
    """Name the kind of a public key: `ec-p256`, `rsa-2048`, and so on.

    Raises:
        DocumentError: `key-malformed` when it is not a SubjectPublicKeyInfo.

    """
    return key_strength(spki_der).kind


def algorithm_for(spki_der: bytes) -> SignatureAlgorithm:
    """Find the algorithm that a key signs with: the hash as wide as the curve, SHA-256 for RSA.

    Raises:
        DocumentError: `key-malformed`, or `key-unsupported` for any other kind of key.

    """
    strength = key_strength(spki_der)
    if strength.family == "rsa":
        return RSA_SHA256
    algorithm = _BY_CURVE.get(strength.kind)
    if algorithm is None:
        raise DocumentError(
            "key-unsupported",
            f"no signature algorithm for a key of kind {strength.kind}",
            hint="use an EC key on P-256, P-384 or P-521, or an RSA key",
        )
    return algorithm


def _parse_strength(spki_der: bytes) -> PublicKeyStrength:
    """Parse AlgorithmIdentifier and subjectPublicKey."""
    parts = parse_element(spki_der, SEQUENCE).children()
    _expect(parts, (SEQUENCE, BIT_STRING))
    algorithm = parts[0].children()
    _expect(algorithm[:1], (OBJECT_IDENTIFIER,))
    oid = parse_object_identifier(algorithm[0].contents)
    if oid == _RSA_ENCRYPTION:
        return _parse_rsa(parts[1].contents[1:])
    if oid == _EC_PUBLIC_KEY:
        return _parse_curve(algorithm[1:])
    return PublicKeyStrength(_OTHER_KEYS.get(oid, f"unknown-{oid}"), "", 0, 0)


def _parse_rsa(der: bytes) -> PublicKeyStrength:
    """Parse RSAPublicKey (RFC 8017 appendix A.1.1)."""
    numbers = parse_element(der, SEQUENCE).children()
    _expect(numbers, (INTEGER, INTEGER))
    modulus, exponent = (int.from_bytes(number.contents, "big", signed=True) for number in numbers)
    bits = modulus.bit_length()
    return PublicKeyStrength(f"rsa-{bits}", "rsa", bits, exponent)


def _parse_curve(parameters: tuple[Element, ...]) -> PublicKeyStrength:
    """Parse ECParameters; only named curves are named (RFC 5480 clause 2.1.1)."""
    if [parameter.tag for parameter in parameters] != [OBJECT_IDENTIFIER]:
        return PublicKeyStrength("ec-explicit", "", 0, 0)
    oid = parse_object_identifier(parameters[0].contents)
    kind = f"ec-{_CURVES.get(oid, oid)}"
    return PublicKeyStrength(kind, "ecdsa" if kind in _BY_CURVE else "", 0, 0)


def _expect(elements: tuple[Element, ...], tags: tuple[int, ...]) -> None:
    """Refuse a structure whose elements have other tags."""
    if tuple(element.tag for element in elements) != tags:
        raise MalformedDERError("an element of another type than its place asks for")
