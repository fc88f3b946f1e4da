"""The private keys of a PIV card, and what GENERAL AUTHENTICATE does with them.

A card does the bare operation: the padding of RSA, and the digest, are the host's business
(NIST SP 800-73-4 part 2, appendix A.4).
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA1, SHA224, SHA256, SHA384, SHA512, HashAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from tests.support.piv.apdu import WRONG_DATA, CardError

Kind = Literal["ec-p256", "ec-p384", "rsa-2048"]

# NIST SP 800-78-4 table 6-2.
_ALGORITHMS: Final[dict[Kind, int]] = {"rsa-2048": 0x07, "ec-p256": 0x11, "ec-p384": 0x14}
_CURVES: Final[dict[Kind, ec.EllipticCurve]] = {"ec-p256": ec.SECP256R1(), "ec-p384": ec.SECP384R1()}
_HASHES: Final[dict[int, HashAlgorithm]] = {
    each.digest_size: each for each in (SHA1(), SHA224(), SHA256(), SHA384(), SHA512())
}
_USAGE: Final = x509.KeyUsage(
    digital_signature=True,
    content_commitment=True,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=False,
    crl_sign=False,
    encipher_only=False,
    decipher_only=False,
)


@dataclass(frozen=True, slots=True)
class CardKey:
    """A private key with its certificate."""

    algorithm: int
    """The algorithm identifier that a host must name."""
    private: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
    certificate: bytes
    """DER."""

    @classmethod
    def generate(cls, kind: Kind, name: str) -> "CardKey":
        """Generate a key and a certificate that it signs itself, for digital signatures."""
        curve = _CURVES.get(kind)
        private = rsa.generate_private_key(65537, 2048) if curve is None else ec.generate_private_key(curve)
        return cls(_ALGORITHMS[kind], private, _certify(private, name))

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


def _certify(private: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey, name: str) -> bytes:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"TEST {name}")])
    builder = x509.CertificateBuilder(subject, subject, private.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(datetime(2026, 1, 1, tzinfo=UTC))
    builder = builder.not_valid_after(datetime(2046, 1, 1, tzinfo=UTC)).add_extension(_USAGE, critical=True)
    return builder.sign(private, SHA256()).public_bytes(Encoding.DER)
