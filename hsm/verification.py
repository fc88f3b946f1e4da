"""Verification of a signature with the key's own public key: tokens return rubbish with CKR_OK."""

from collections.abc import Callable
from typing import Any, Final

from hsm.errors import SigningFailed
from hsm.values import HashName

Verify = Callable[[bytes, bytes, HashName], bool]
"""Digest, raw signature and the digest's name in; whether it is a signature out."""


def build_verification(public_key: bytes) -> Verify:
    """Build the verification for a DER SubjectPublicKeyInfo (FIPS 186-4 6.4; RFC 8017 8.2.2).

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
    from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature  # noqa: PLC0415

    algorithms: Final = {name: ECDSA(prehashed) for name, prehashed in _prehashed().items()}
    verify = key.verify

    def check(digest: bytes, signature: bytes, hash_name: HashName) -> bool:
        half = len(signature) // 2
        r, s = int.from_bytes(signature[:half], "big"), int.from_bytes(signature[half:], "big")
        try:
            verify(encode_dss_signature(r, s), digest, algorithms[hash_name])
        except InvalidSignature:
            return False
        return True

    return check


def _build_rsa(key: Any) -> Verify:
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15  # noqa: PLC0415

    hashes, padding = _prehashed(), PKCS1v15()
    verify = key.verify

    def check(digest: bytes, signature: bytes, hash_name: HashName) -> bool:
        try:
            verify(signature, digest, padding, hashes[hash_name])
        except InvalidSignature:
            return False
        return True

    return check


def _prehashed() -> dict[str, Any]:
    from cryptography.hazmat.primitives.asymmetric.utils import Prehashed  # noqa: PLC0415
    from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512  # noqa: PLC0415

    return {"sha256": Prehashed(SHA256()), "sha384": Prehashed(SHA384()), "sha512": Prehashed(SHA512())}


def _unsupported() -> SigningFailed:
    return SigningFailed(
        "key-kind-unsupported",
        "the key's public half is of a kind that cannot be verified",
        hint="`iki key list` shows kinds",
    )
