"""How each kind of key signs: which mechanism, over which octets, and how long the result is."""
# asn1crypto has no annotations:
# mypy: allow-untyped-calls

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Final, Literal

from asn1crypto.core import ObjectIdentifier
from pkcs11 import MGF, KeyType, Mechanism

from hsm.digests import DigestToSign
from hsm.errors import MechanismMissing, SigningFailed
from hsm.values import KeyKind

# DER of DigestInfo up to the digest, RFC 8017 section 9.2, note 1: CKM_RSA_PKCS only pads.
_DIGEST_INFO: Final[dict[str, bytes]] = {
    "sha256": bytes.fromhex("3031300d060960864801650304020105000420"),
    "sha384": bytes.fromhex("3041300d060960864801650304020205000430"),
    "sha512": bytes.fromhex("3051300d060960864801650304020305000440"),
}
_PSS: Final[dict[str, tuple[Mechanism, MGF]]] = {
    "sha256": (Mechanism.SHA256, MGF.SHA256),
    "sha384": (Mechanism.SHA384, MGF.SHA384),
    "sha512": (Mechanism.SHA512, MGF.SHA512),
}
_HASHING: Final[dict[str, dict[str, Mechanism]]] = {
    "ecdsa": {
        "sha256": Mechanism.ECDSA_SHA256,
        "sha384": Mechanism.ECDSA_SHA384,
        "sha512": Mechanism.ECDSA_SHA512,
    },
    "rsa-pkcs1-v1_5": {
        "sha256": Mechanism.SHA256_RSA_PKCS,
        "sha384": Mechanism.SHA384_RSA_PKCS,
        "sha512": Mechanism.SHA512_RSA_PKCS,
    },
    "rsa-pss": {
        "sha256": Mechanism.SHA256_RSA_PKCS_PSS,
        "sha384": Mechanism.SHA384_RSA_PKCS_PSS,
        "sha512": Mechanism.SHA512_RSA_PKCS_PSS,
    },
}
"""Scheme and hash -> the mechanism that takes the message (PKCS#11 v2.40 mechanisms 2.1.12, 2.3.6)."""


PSSParameter = tuple[Mechanism, MGF, int]
"""Hash, mask and octets of salt of RSASSA-PSS (CK_RSA_PKCS_PSS_PARAMS)."""


@dataclass(frozen=True, slots=True)
class Curve:
    """A named curve (SEC 2, FIPS 186-4 D.1.2)."""

    kind: KeyKind
    parameters: bytes
    """CKA_EC_PARAMS: the DER of the curve's object identifier."""
    octets: int
    """Length of a coordinate, and of r and of s."""


CURVES: Final = (
    Curve(KeyKind.EC_P256, bytes.fromhex("06082a8648ce3d030107"), 32),
    Curve(KeyKind.EC_P384, bytes.fromhex("06052b81040022"), 48),
    Curve(KeyKind.EC_P521, bytes.fromhex("06052b81040023"), 66),
)
_CURVE_BY_KIND: Final[dict[str, Curve]] = {curve.kind.value: curve for curve in CURVES}
RSA_BITS: Final = {KeyKind.RSA_2048: 2048, KeyKind.RSA_3072: 3072, KeyKind.RSA_4096: 4096}


def find_curve(kind: KeyKind) -> Curve | None:
    """Find the curve of a kind of key; None for RSA."""
    return next((curve for curve in CURVES if curve.kind is kind), None)


@dataclass(frozen=True, slots=True)
class SigningOperation:
    """What is handed to C_Sign, and what must come back."""

    mechanism: Mechanism
    data: bytes
    kind: Literal["ecdsa", "rsa-pkcs1-v1_5", "rsa-pss"]
    result_octets: int
    parameter: PSSParameter | None = None
    prefix: bytes | None = b""
    """What stands before the digest in `data`; None where that is the message."""


def build_signing_operation(
    kind: str, asked: DigestToSign, offered: Collection[Mechanism | int]
) -> SigningOperation:
    """Build the operation for a key of `kind` on a token that offers these mechanisms.

    The digest goes to the token where it signs digests. Where it does not, the message does.

    The parameters of RSASSA-PSS default to SHA-1, so all are named.

    ECDSA takes the leftmost octets of a digest longer than the order (FIPS 186-4 section 6.4);
    modules differ in whether they cut it themselves, so it is cut here.

    Raises:
        SigningFailed: `key-kind-unsupported`.
        MechanismMissing: `mechanism-missing`, naming both; `mechanism-hashes` without a message.
    """
    curve = _CURVE_BY_KIND.get(kind)
    if curve is not None and asked.pss_salt is None:
        raw, octets = Mechanism.ECDSA, 2 * curve.octets
        operation = SigningOperation(raw, asked.octets[: curve.octets], "ecdsa", octets)
    elif kind.startswith("rsa-"):
        octets = (int(kind.removeprefix("rsa-")) + 7) // 8
        prefix = _DIGEST_INFO[asked.hash_name]
        operation = SigningOperation(
            Mechanism.RSA_PKCS, prefix + asked.octets, "rsa-pkcs1-v1_5", octets, prefix=prefix
        )
        if asked.pss_salt is not None:
            parameter = (*_PSS[asked.hash_name], asked.pss_salt)
            operation = SigningOperation(Mechanism.RSA_PKCS_PSS, asked.octets, "rsa-pss", octets, parameter)
    else:
        raise SigningFailed(
            "key-kind-unsupported",
            f"a key of kind {kind} cannot sign here",
            hint="`iki key list` shows kinds",
        )
    return operation if operation.mechanism in offered else _over_message(operation, asked, offered)


def _over_message(
    operation: SigningOperation, asked: DigestToSign, offered: Collection[Mechanism | int]
) -> SigningOperation:
    """Let the token hash, when it offers nothing else; what it hashes was compared with the digest."""
    hashing = _HASHING[operation.kind][asked.hash_name]
    names = f"CKM_{operation.mechanism.name} nor CKM_{hashing.name}"
    if hashing not in offered:
        raise MechanismMissing(
            "mechanism-missing",
            f"the token offers neither {names}",
            hint="use another token or another kind of key",
        )
    if asked.message is None:
        raise MechanismMissing(
            "mechanism-hashes",
            f"the token offers CKM_{hashing.name} alone, and what was hashed is not at hand or over 64 KiB",
            hint="use a token that signs digests",
        )
    return replace(operation, mechanism=hashing, data=asked.message, prefix=None)


def check_offered(mechanism: Mechanism, offered: Collection[Mechanism | int]) -> None:
    """Check that the token's mechanism list has this one.

    Raises:
        MechanismMissing: `mechanism-missing`, naming it.
    """
    if mechanism not in offered:
        raise MechanismMissing(
            "mechanism-missing",
            f"the token does not offer CKM_{mechanism.name}",
            hint="use another token or another kind of key",
        )


def describe_kind(key_type: int | None, parameters: bytes | None, modulus: bytes | None) -> str:
    """Name a kind of key from CKA_KEY_TYPE, CKA_EC_PARAMS and CKA_MODULUS, whatever they are."""
    if key_type == KeyType.RSA and modulus:
        return f"rsa-{int.from_bytes(modulus, 'big').bit_length()}"
    if key_type == KeyType.EC and parameters:
        known = next((curve for curve in CURVES if curve.parameters == parameters), None)
        return known.kind.value if known else f"ec-{_name_parameters(parameters)}"
    return "unknown" if key_type is None else f"type-0x{key_type:x}"


def _name_parameters(parameters: bytes) -> str:
    try:
        return str(ObjectIdentifier.load(parameters).dotted)
    except (ValueError, TypeError):
        return "explicit"  # specifiedCurve of X9.62, or a module's own coding
