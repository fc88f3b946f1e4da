"""What the library's path verifier takes for an algorithm: a closed list, compared octet for octet.

Others are as good by RFC 4055 and RFC 8017 (another salt length, parameters absent where NULL may stand, a CA
whose key is for RSASSA-PSS alone) and it refuses them.
"""

from typing import Final

from agent.pki.certificate import SigningCertificate
from agent.pki.der import (
    INTEGER,
    NULL,
    SEQUENCE,
    encode,
    encode_object_identifier,
    parse_element,
)

_PSS: Final = "1.2.840.113549.1.1.10"
_MGF1: Final = "1.2.840.113549.1.1.8"
_EC_KEY: Final = "1.2.840.10045.2.1"
_RSA_KEY: Final = "1.2.840.113549.1.1.1"
_RSA: Final = ("1.2.840.113549.1.1.11", "1.2.840.113549.1.1.12", "1.2.840.113549.1.1.13")
_ECDSA: Final = ("1.2.840.10045.4.3.2", "1.2.840.10045.4.3.3", "1.2.840.10045.4.3.4")
_HASHES: Final = {"2.16.840.1.101.3.4.2.1": 32, "2.16.840.1.101.3.4.2.2": 48, "2.16.840.1.101.3.4.2.3": 64}
"""SHA-256, SHA-384, SHA-512, and their octets: the salt's too."""
_CURVES: Final = ("1.2.840.10045.3.1.7", "1.3.132.0.34", "1.3.132.0.35")
_NO_PARAMETERS: Final = encode(NULL, b"")


def _algorithm(dotted: str, parameters: bytes = b"") -> bytes:
    """Encode an AlgorithmIdentifier (RFC 5280 clause 4.1.1.2)."""
    return encode(SEQUENCE, encode_object_identifier(dotted) + parameters)


def _pss(hash_algorithm: str, salt: int) -> bytes:
    """Encode RSASSA-PSS with MGF1 of the same hash (RFC 4055 clause 3.1), NULL where it may stand."""
    of_hash = _algorithm(hash_algorithm, _NO_PARAMETERS)
    parts = (of_hash, _algorithm(_MGF1, of_hash), encode(INTEGER, bytes([salt])))
    tagged = b"".join(encode(0xA0 | number, part) for number, part in enumerate(parts))
    return _algorithm(_PSS, encode(SEQUENCE, tagged))


_OF_SIGNATURES: Final = frozenset(
    {
        *(_algorithm(dotted, _NO_PARAMETERS) for dotted in _RSA),
        *map(_algorithm, _ECDSA),
        *(_pss(dotted, salt) for dotted, salt in _HASHES.items()),
    }
)
_OF_KEYS: Final = frozenset(
    {
        _algorithm(_RSA_KEY, _NO_PARAMETERS),
        *(_algorithm(_EC_KEY, encode_object_identifier(curve)) for curve in _CURVES),
    }
)


def knows_signature(certificate: SigningCertificate) -> bool:
    """Tell whether the library takes the algorithm of the signature on a certificate."""
    return parse_element(certificate.der, SEQUENCE).children()[1].encoded in _OF_SIGNATURES


def knows_key(issuer: SigningCertificate) -> bool:
    """Tell whether the library takes the algorithm of a CA's key."""
    return parse_element(issuer.spki_der, SEQUENCE).children()[0].encoded in _OF_KEYS
