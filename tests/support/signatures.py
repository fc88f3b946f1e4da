"""An oracle for what tokens sign: cryptography (OpenSSL), which had no part in it."""

from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512, HashAlgorithm
from cryptography.hazmat.primitives.serialization import load_der_public_key

from hsm import RawSignature

HASHES: Final[dict[str, HashAlgorithm]] = {"sha256": SHA256(), "sha384": SHA384(), "sha512": SHA512()}


def verify_signature(
    public_key: bytes | None,
    signature: RawSignature,
    digest: bytes,
    hash_name: str,
    pss_salt: int | None = None,
) -> None:
    """Verify a signature over a digest with a DER SubjectPublicKeyInfo.

    With `pss_salt` it must be RSASSA-PSS with the hash's own mask and exactly that salt.

    Raises:
        InvalidSignature: it is not.
    """
    assert public_key is not None
    key = load_der_public_key(public_key)
    prehashed = Prehashed(HASHES[hash_name])
    if isinstance(key, rsa.RSAPublicKey):
        pss = pss_salt is not None
        scheme = padding.PSS(padding.MGF1(HASHES[hash_name]), pss_salt or 0) if pss else padding.PKCS1v15()
        key.verify(signature.value, digest, scheme, prehashed)
        return
    assert isinstance(key, ec.EllipticCurvePublicKey)
    half = len(signature.value) // 2
    r, s = (int.from_bytes(part, "big") for part in (signature.value[:half], signature.value[half:]))
    key.verify(encode_dss_signature(r, s), digest, ec.ECDSA(prehashed))
