"""The private keys of a PIV card, and what GENERAL AUTHENTICATE does with them.

A card does the bare operation: the padding of RSA, and the digest, are the host's business
(NIST SP 800-73-4 part 2, appendix A.4).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512, HashAlgorithm
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
)

from tests.support.piv.apdu import WRONG_DATA, CardError

# NIST SP 800-78-4 table 6-2.
_ALGORITHMS: Final[dict[str, int]] = {"rsa-2048": 0x07, "ec-p256": 0x11, "ec-p384": 0x14}
_CURVES: Final[dict[str, ec.EllipticCurve]] = {"ec-p256": ec.SECP256R1(), "ec-p384": ec.SECP384R1()}
_HASHES: Final[dict[int, HashAlgorithm]] = {each.digest_size: each for each in (SHA256(), SHA384(), SHA512())}


@dataclass(frozen=True, slots=True)
class CardKey:
    """A private key with its certificate."""

    algorithm: int
    """The algorithm identifier that a host must name."""
    private: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
    certificate: bytes
    """DER."""

    @classmethod
    def generate(cls, kind: str, certify: Callable[[bytes], bytes]) -> "CardKey":
        """Generate a key; `certify` turns a DER SubjectPublicKeyInfo into a DER certificate."""
        curve = _CURVES.get(kind)
        private = rsa.generate_private_key(65537, 2048) if curve is None else ec.generate_private_key(curve)
        key = cls(_ALGORITHMS[kind], private, b"")
        return replace(key, certificate=certify(key.public_key))

    @property
    def public_key(self) -> bytes:
        """DER SubjectPublicKeyInfo."""
        return self.private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    def pack(self) -> dict[str, str]:
        """Write it down for the process of the card, as JSON can hold it."""
        private = self.private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        return {"private": private.hex(), "certificate": self.certificate.hex()}

    @classmethod
    def unpack(cls, values: Mapping[str, str]) -> "CardKey":
        """Read what `pack` wrote."""
        private = load_der_private_key(bytes.fromhex(values["private"]), None)
        assert isinstance(private, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey)
        kind = f"rsa-{private.key_size}"
        if isinstance(private, ec.EllipticCurvePrivateKey):
            kind = f"ec-p{private.key_size}"
        return cls(_ALGORITHMS[kind], private, bytes.fromhex(values["certificate"]))

    def respond(self, challenge: bytes) -> bytes:
        """Sign a digest by ECDSA, in DER; or raise a padded block to the RSA private exponent.

        Raises:
            CardError: `WRONG_DATA`, the challenge is not as long as it has to be.
        """
        if isinstance(self.private, rsa.RSAPrivateKey):
            return _raise(self.private, challenge)
        algorithm = _HASHES.get(len(challenge))
        if algorithm is None or len(challenge) > self.private.key_size // 8:
            raise CardError(WRONG_DATA)
        return self.private.sign(challenge, ec.ECDSA(Prehashed(algorithm)))


def _raise(private: rsa.RSAPrivateKey, block: bytes) -> bytes:
    """RSADP (RFC 8017 section 5.1.2) by the Chinese remainder; a test key has no side channel to hide."""
    numbers = private.private_numbers()
    octets = private.key_size // 8
    value = int.from_bytes(block, "big")
    if len(block) != octets or value >= numbers.public_numbers.n:
        raise CardError(WRONG_DATA)
    first, second = pow(value, numbers.dmp1, numbers.p), pow(value, numbers.dmq1, numbers.q)
    factor = (first - second) * numbers.iqmp % numbers.p
    return (second + factor * numbers.q).to_bytes(octets, "big")
