"""Verification of a signature with the key's own public key: tokens return rubbish with CKR_OK."""

from collections.abc import Callable
from typing import Any, Final

from hsm.digests import DigestToSign
from hsm.errors import SigningFailed

Verify = Callable[[bytes, DigestToSign], bool]
"""Raw signature and what was to be signed in; whether it is a signature of that out."""


def build_verification(public_key: bytes) -> Verify:
    """Build the verification for a DER SubjectPublicKeyInfo (FIPS 186-4 6.4; RFC 8017 8.1.2, 8.2.2).

    Raises:
        SigningFailed: `key-kind-unsupported`.
    """
    from cryptography.hazmat.primitives.asymmetric import ec, rsa  # noqa: PLC0415 - heavy
    from cryptography.hazmat.primitives.serialization import load_der_public_key  # noqa: PLC0415

    try:
        key = load_der_public_key(public_key)
    except (ValueError, TypeError) as error:
        raise _unsupported() from error
    if isinstance(key, ec.EllipticCurvePublicKey):
        return _build_ecdsa(key)
    if isinstance(key, rsa.RSAPublicKey):
        return _build_rsa(key)
    raise _unsupported()


def _build_ecdsa(key: Any) -> Verify:
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric.ec import ECDSA  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric.utils import (  # noqa: PLC0415
        Prehashed,
        encode_dss_signature,
    )

    algorithms: Final = {name: ECDSA(Prehashed(algorithm)) for name, algorithm in _hashes().items()}
    verify = key.verify

    def check(signature: bytes, asked: DigestToSign) -> bool:
        half = len(signature) // 2
        r, s = int.from_bytes(signature[:half], "big"), int.from_bytes(signature[half:], "big")
        try:
            verify(encode_dss_signature(r, s), asked.octets, algorithms[asked.hash_name])
        except InvalidSignature:
            return False
        return True

    return check


def _build_rsa(key: Any) -> Verify:
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS, PKCS1v15  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric.utils import Prehashed  # noqa: PLC0415

    hashes, plain = _hashes(), PKCS1v15()
    verify = key.verify

    def check(signature: bytes, asked: DigestToSign) -> bool:
        algorithm, salt = hashes[asked.hash_name], asked.pss_salt
        padding = plain if salt is None else PSS(MGF1(algorithm), salt)
        try:
            verify(signature, asked.octets, padding, Prehashed(algorithm))
        except InvalidSignature:
            return False
        return True

    return check


def _hashes() -> dict[str, Any]:
    from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512  # noqa: PLC0415

    return {"sha256": SHA256(), "sha384": SHA384(), "sha512": SHA512()}


def _unsupported() -> SigningFailed:
    return SigningFailed(
        "key-kind-unsupported",
        "the key's public half is of a kind that cannot be verified",
        hint="`iki key list` shows kinds",
    )
