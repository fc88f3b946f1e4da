"""Signature values: raw and DER encodings of ECDSA, and verification of a digest with a public key."""

from typing import Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import (
    Prehashed,
    decode_dss_signature,
    encode_dss_signature,
)
from cryptography.hazmat.primitives.serialization import load_der_public_key

from agent.errors import DocumentError, IkiError
from agent.exits import ExitStatus
from agent.pki.algorithms import RSA_FAMILIES, PublicKeyStrength, SignatureAlgorithm, key_strength

_HASHES: Final = {"sha256": hashes.SHA256(), "sha384": hashes.SHA384(), "sha512": hashes.SHA512()}
# FIPS 186-5 / SEC 2: the order n of the base point, for the range check of r and s.
_ORDERS: Final = {
    "secp256r1": 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
    "secp384r1": int(
        "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFC7634D81F4372DDF581A0DB248B0A77AECEC196ACCC52973",
        16,
    ),
    "secp521r1": int(
        "01FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFA"
        "51868783BF2F966B7FCC0148F709A5D03BB5C9B8899C47AEBB6FB71E91386409",
        16,
    ),
}


class SignatureMismatch(IkiError):  # noqa: N818 - a mismatch is a failure of the signature, not an error
    """The signature is not that of this key over this digest."""

    exit_status = ExitStatus.FAILED


def verify_digest_signature(
    spki_der: bytes, algorithm: SignatureAlgorithm, digest: bytes, signature: bytes
) -> None:
    """Verify a signature value over a digest; returning means that it is right.

    ECDSA values are raw r‖s of exactly twice the curve's coordinate length with 0 < r, s < n (XMLDSig 1.1
    clause 6.4.3); RSA values are of exactly the modulus' length, RSASSA-PKCS1-v1_5
    or RSASSA-PSS (RFC 8017 clauses 8.2.2 and 8.1.2).

    Raises:
        SignatureMismatch: `signature-value-wrong`, `key-algorithm-mismatch` or `digest-length-wrong`.
        DocumentError: `key-malformed` when the public key cannot be loaded.

    """
    if len(digest) != algorithm.digest_length:
        raise SignatureMismatch("digest-length-wrong", f"not a digest of {algorithm.hash_name}")
    key = load_public_key(spki_der)
    if isinstance(key, ec.EllipticCurvePublicKey) and algorithm.family == "ecdsa":
        _verify_ecdsa(key, algorithm, digest, signature)
    elif isinstance(key, rsa.RSAPublicKey) and _is_rsa_use(key_strength(spki_der), algorithm):
        _verify_rsa(key, algorithm, digest, signature)
    else:
        raise SignatureMismatch(
            "key-algorithm-mismatch", f"{algorithm.name} is not an algorithm of the signer's key"
        )


def load_public_key(spki_der: bytes) -> object:
    """Load a SubjectPublicKeyInfo as cryptography's key object.

    Raises:
        DocumentError: `key-malformed` when cryptography refuses it (a bad point, exponent 1, …).

    """
    try:
        return load_der_public_key(spki_der)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise DocumentError("key-malformed", f"public key cannot be used: {error}") from error


def coordinate_length(spki_der: bytes) -> int:
    """Count the octets of r and of s in a raw ECDSA signature by this key.

    Raises:
        SignatureMismatch: `key-algorithm-mismatch` when it is no EC key.
        DocumentError: `key-malformed`.

    """
    key = load_public_key(spki_der)
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise SignatureMismatch("key-algorithm-mismatch", "the signer's key is no EC key")
    return (key.curve.key_size + 7) // 8


def raw_to_der(raw: bytes) -> bytes:
    """Encode raw r‖s as the DER of Ecdsa-Sig-Value (RFC 3279 clause 2.2.3), as X.509 and CMS want it.

    Raises:
        SignatureMismatch: `signature-value-wrong` when the two halves are not of one length.

    """
    half, odd = divmod(len(raw), 2)
    if odd or not half:
        raise SignatureMismatch("signature-value-wrong", "a raw ECDSA signature has two halves of one length")
    return encode_dss_signature(int.from_bytes(raw[:half], "big"), int.from_bytes(raw[half:], "big"))


def der_to_raw(der: bytes, coordinate_length: int) -> bytes:
    """Encode the DER of Ecdsa-Sig-Value as raw r‖s, each `coordinate_length` octets wide.

    Raises:
        SignatureMismatch: `signature-value-wrong` when it is not DER, or a number does not fit.

    """
    try:
        r, s = decode_dss_signature(der)
        raw = r.to_bytes(coordinate_length, "big") + s.to_bytes(coordinate_length, "big")
    except (ValueError, OverflowError) as error:
        raise SignatureMismatch("signature-value-wrong", "not the DER of an ECDSA signature") from error
    # Non-minimal integers decode too in some libraries: only one encoding of one value is accepted.
    if encode_dss_signature(r, s) != der:
        raise SignatureMismatch("signature-value-wrong", "not the DER of an ECDSA signature")
    return raw


def _verify_ecdsa(
    key: ec.EllipticCurvePublicKey, algorithm: SignatureAlgorithm, digest: bytes, signature: bytes
) -> None:
    """Verify raw r‖s."""
    width = (key.curve.key_size + 7) // 8
    order = _ORDERS.get(key.curve.name)
    if order is None:
        raise SignatureMismatch("key-algorithm-mismatch", f"curve {key.curve.name} is not allowed")
    if len(signature) != 2 * width:
        raise _wrong(f"an ECDSA signature by this key has {2 * width} octets, not {len(signature)}")
    halves = (int.from_bytes(signature[:width], "big"), int.from_bytes(signature[width:], "big"))
    if not all(0 < half < order for half in halves):
        raise _wrong("r or s is out of range")
    try:
        key.verify(encode_dss_signature(*halves), digest, ec.ECDSA(Prehashed(_HASHES[algorithm.hash_name])))
    except InvalidSignature as error:
        raise _wrong("the signature is not that of the signer's key over this content") from error


def _is_rsa_use(strength: PublicKeyStrength, algorithm: SignatureAlgorithm) -> bool:
    """Tell whether an RSA key may be used so: some are for RSASSA-PSS alone (RFC 4055 clause 1.2)."""
    if algorithm.family not in RSA_FAMILIES or strength.family not in RSA_FAMILIES:
        return False
    if strength.family == "rsa":
        return True
    restricted = strength.pss_hash not in {"", algorithm.hash_name}
    return algorithm.family == "rsa-pss" and not restricted and algorithm.salt_length >= strength.pss_salt


def _verify_rsa(
    key: rsa.RSAPublicKey, algorithm: SignatureAlgorithm, digest: bytes, signature: bytes
) -> None:
    """Verify RSASSA-PKCS1-v1_5, or RSASSA-PSS with exactly the salt's length."""
    width = (key.key_size + 7) // 8
    if len(signature) != width:
        raise _wrong(f"an RSA signature by this key has {width} octets, not {len(signature)}")
    digest_algorithm = _HASHES[algorithm.hash_name]
    scheme: padding.AsymmetricPadding = padding.PKCS1v15()
    if algorithm.family == "rsa-pss":
        scheme = padding.PSS(padding.MGF1(digest_algorithm), algorithm.salt_length)
    try:
        key.verify(signature, digest, scheme, Prehashed(digest_algorithm))
    except (InvalidSignature, ValueError) as error:
        # ValueError: the salt is longer than the key has room for.
        raise _wrong("the signature is not that of the signer's key over this content") from error


def _wrong(message: str) -> SignatureMismatch:
    """Build the failure of a value."""
    return SignatureMismatch("signature-value-wrong", message)
