"""Which key is which, and which signature algorithm it makes: the algorithm follows the key."""

from dataclasses import replace
from typing import Final, Literal

from agent.dataclass import dataclass
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
from agent.pki.pss import parse_pss_parameters

MIN_MODULUS_BITS: Final = 2048
MIN_EXPONENT: Final = 3

_EC_PUBLIC_KEY: Final = "1.2.840.10045.2.1"
_RSA_ENCRYPTION: Final = "1.2.840.113549.1.1.1"
_RSA_PSS: Final = "1.2.840.113549.1.1.10"
RSA_FAMILIES: Final = ("rsa", "rsa-pss")
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
}


@dataclass(frozen=True, slots=True)
class SignatureAlgorithm:
    """A signature algorithm of XMLDSig and CMS, named as RFC 4051 and RFC 6931 name it."""

    name: str
    """`ecdsa-sha256`, `rsa-sha256`, `rsa-pss-sha256`, and their 384 and 512 sisters."""
    hash_name: Literal["sha256", "sha384", "sha512"]
    """As hashlib names it: `sha256`, `sha384`, `sha512`."""
    family: str
    """`ecdsa`, `rsa` (RSASSA-PKCS1-v1_5) or `rsa-pss`."""
    coordinate_length: int
    """Octets of r and of s in a raw ECDSA signature by the curve that goes with it; 0 for RSA."""
    salt_length: int = 0
    """Octets of the salt of RSASSA-PSS, of which MGF1 has the same hash; 0 for the others."""

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
RSA_PSS_SHA256: Final = SignatureAlgorithm("rsa-pss-sha256", "sha256", "rsa-pss", 0, 32)
RSA_PSS_SHA384: Final = SignatureAlgorithm("rsa-pss-sha384", "sha384", "rsa-pss", 0, 48)
RSA_PSS_SHA512: Final = SignatureAlgorithm("rsa-pss-sha512", "sha512", "rsa-pss", 0, 64)

SIGNATURE_ALGORITHMS: Final = {
    algorithm.name: algorithm
    for algorithm in (
        *(ECDSA_SHA256, ECDSA_SHA384, ECDSA_SHA512),
        *(RSA_SHA256, RSA_SHA384, RSA_SHA512),
        *(RSA_PSS_SHA256, RSA_PSS_SHA384, RSA_PSS_SHA512),
    )
}
"""Every algorithm a verifier may meet, by name; an allow-list. Not every container has them all."""
_BY_CURVE: Final = {"ec-p256": ECDSA_SHA256, "ec-p384": ECDSA_SHA384, "ec-p521": ECDSA_SHA512}


@dataclass(frozen=True, slots=True)
class PublicKeyStrength:
    """What a policy weighs about a public key; read from the octets, so a hostile key is only described."""

    kind: str
    """`ec-p256`, `rsa-2048`, `rsa-pss-2048`, `ed25519`, … or `unknown-` and the dotted identifier."""
    family: str
    """`ecdsa`, `rsa`, `rsa-pss` (a key that may do nothing else), or empty for a key not verified with."""
    modulus_bits: int
    """RSA modulus in bits; 0 for others."""
    exponent: int
    """RSA public exponent; 0 for others."""
    pss_hash: str = ""
    """The hash that a key for RSASSA-PSS alone is restricted to; empty without a restriction."""
    pss_salt: int = 0
    """The least octets of salt that such a key is restricted to."""


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
    is_rsa = strength.family in RSA_FAMILIES
    if is_rsa and strength.modulus_bits < MIN_MODULUS_BITS:
        return f"an RSA modulus of {strength.modulus_bits} bits is too short"
    if is_rsa and (strength.exponent < MIN_EXPONENT or strength.exponent % 2 == 0):
        return f"the RSA exponent {strength.exponent} is not allowed"
    return ""


def key_kind(spki_der: bytes) -> str:
    """Name the kind of a public key: `ec-p256`, `rsa-2048`, and so on.

    Raises:
        DocumentError: `key-malformed` when it is not a SubjectPublicKeyInfo.

    """
    return key_strength(spki_der).kind


def is_same_key(first_spki: bytes, second_spki: bytes) -> bool:
    """Tell whether two SubjectPublicKeyInfos hold one key.

    A token does not know that a certificate restricts its RSA key to RSASSA-PSS: then the numbers decide.

    Raises:
        DocumentError: `key-malformed` when one of them is not a SubjectPublicKeyInfo.

    """
    if first_spki == second_spki:
        return True
    families = {key_strength(spki).family for spki in (first_spki, second_spki)}
    return families == {"rsa", "rsa-pss"} and _key_bits(first_spki) == _key_bits(second_spki)


def _key_bits(spki_der: bytes) -> bytes:
    return parse_element(spki_der, SEQUENCE).children()[1].contents


def algorithm_for(spki_der: bytes, *, pss: bool = False) -> SignatureAlgorithm:
    """Find the algorithm that a key signs with: the hash as wide as the curve, SHA-256 for RSA.

    `pss` asks for RSASSA-PSS where the key leaves a choice; it says nothing to an EC key.

    A key that is for RSASSA-PSS alone (RFC 4055 clause 1.2) signs with the hash it is restricted to.

    Raises:
        DocumentError: `key-malformed`, or `key-unsupported` for any other kind of key.

    """
    strength = key_strength(spki_der)
    if strength.family == "rsa":
        return RSA_PSS_SHA256 if pss else RSA_SHA256
    if strength.family == "rsa-pss":
        algorithm = SIGNATURE_ALGORITHMS[f"rsa-pss-{strength.pss_hash or 'sha256'}"]
        return replace(algorithm, salt_length=max(algorithm.salt_length, strength.pss_salt))
    of_curve = _BY_CURVE.get(strength.kind)
    if of_curve is None:
        raise DocumentError(
            "key-unsupported",
            f"no signature algorithm for a key of kind {strength.kind}",
            hint="use an EC key on P-256, P-384 or P-521, or an RSA key",
        )
    return of_curve


def _parse_strength(spki_der: bytes) -> PublicKeyStrength:
    """Parse AlgorithmIdentifier and subjectPublicKey."""
    parts = parse_element(spki_der, SEQUENCE).children()
    _expect(parts, (SEQUENCE, BIT_STRING))
    algorithm = parts[0].children()
    _expect(algorithm[:1], (OBJECT_IDENTIFIER,))
    oid = parse_object_identifier(algorithm[0].contents)
    if oid == _RSA_ENCRYPTION:
        return _parse_rsa(parts[1].contents[1:])
    if oid == _RSA_PSS:
        return _parse_pss(algorithm[1:], parts[1].contents[1:])
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


def _parse_pss(parameters: tuple[Element, ...], key: bytes) -> PublicKeyStrength:
    """Parse a key for RSASSA-PSS alone; without parameters it has no further restriction (RFC 4055)."""
    rsa = _parse_rsa(key)
    kind = f"rsa-pss-{rsa.modulus_bits}"
    if not parameters:
        return PublicKeyStrength(kind, "rsa-pss", rsa.modulus_bits, rsa.exponent)
    try:
        hash_name, salt = parse_pss_parameters(parameters[0])
    except MalformedDERError:
        hash_name, salt = "", 0  # a restriction that cannot be read is one that cannot be kept to
    if not hash_name or parameters[1:]:
        return PublicKeyStrength(f"{kind}-restricted", "", rsa.modulus_bits, rsa.exponent)
    return PublicKeyStrength(kind, "rsa-pss", rsa.modulus_bits, rsa.exponent, hash_name, salt)


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
