"""What certificates, CRLs and requests share: SIGNED{ToBeSigned} (RFC 5280 clauses 4.1.1 and 5.1.1).

cryptography refuses to load an ECDSA AlgorithmIdentifier with NULL parameters (RFC 5758 clause 3.2 wants
them absent), yet published certificates of the industry carry it. So the structure is split from the octets
as sent, the signature is verified over those, and cryptography reads a copy without the NULL.
"""

from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from agent.dataclass import dataclass
from agent.pki.algorithms import key_strength
from agent.pki.der import BIT_STRING, SEQUENCE, Element, MalformedDERError, encode, parse_element
from agent.pki.signatures import SignatureMismatch, load_public_key

LibraryObject = x509.Certificate | x509.CertificateRevocationList | x509.CertificateSigningRequest

_ECDSA_SHA2: Final = bytes.fromhex("2a8648ce3d0403")  # 1.2.840.10045.4.3, one arc to follow
_NULL: Final = bytes.fromhex("0500")


@dataclass(frozen=True, slots=True)
class SignedStructure:
    """The signed octets, and the signature over them, exactly as sent."""

    tbs: bytes
    signature: bytes
    consistent: bool
    """The algorithm inside the signed octets is the one outside them (RFC 5280 clause 4.1.1.2)."""
    readable: bytes
    """The whole structure for cryptography to load: as sent, but for a NULL that must not be there."""


def parse_signed(der: bytes, *, inner: bool) -> SignedStructure:
    """Split a signed structure; `inner` says that the signed part repeats the algorithm (a CSR does not).

    Raises:
        MalformedDERError: when it is not SEQUENCE { SEQUENCE, SEQUENCE, BIT STRING }.

    """
    parts = parse_element(der, SEQUENCE).children()
    if tuple(part.tag for part in parts) != (SEQUENCE, SEQUENCE, BIT_STRING):
        raise MalformedDERError("not a signed structure")
    tbs, outer, value = parts
    if value.contents[:1] != b"\0":
        raise MalformedDERError("a signature that is not a whole number of octets")
    algorithm = _without_null(outer)
    named = _inner_algorithm(tbs) if inner else None
    tidy = tbs.encoded
    if named is not None and _without_null(named) != named.encoded:
        tidy = _replace(tbs, named, _without_null(named))
    consistent = named is None or _without_null(named) == algorithm
    untouched = tidy == tbs.encoded and algorithm == outer.encoded
    readable = der if untouched else encode(SEQUENCE, tidy + algorithm + value.encoded)
    return SignedStructure(tbs.encoded, value.contents[1:], consistent, readable)


def verify_signed(signed: SignedStructure, view: LibraryObject, spki_der: bytes) -> None:
    """Verify the signature of a certificate, CRL or request with a public key; returning means it is right.

    Which hashes are strong enough is for the caller to judge.

    Raises:
        SignatureMismatch: `signature-value-wrong`, or `key-algorithm-mismatch`.
        DocumentError: `key-malformed` when the public key cannot be loaded.

    """
    if not signed.consistent:
        raise SignatureMismatch("key-algorithm-mismatch", "the algorithm is named twice, and differently")
    key = load_public_key(spki_der)
    strength = key_strength(spki_der)
    try:
        scheme, digest = view.signature_algorithm_parameters, view.signature_hash_algorithm
        if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(scheme, ec.ECDSA):
            key.verify(signed.signature, signed.tbs, scheme)
            return
        wanted = padding.PSS if strength.family == "rsa-pss" else padding.AsymmetricPadding
        if isinstance(key, rsa.RSAPublicKey) and isinstance(scheme, wanted) and digest:
            if strength.pss_hash not in {"", digest.name}:
                raise SignatureMismatch("key-algorithm-mismatch", "the key is restricted to another hash")
            key.verify(signed.signature, signed.tbs, scheme, digest)
            return
    except (InvalidSignature, UnsupportedAlgorithm, ValueError) as error:
        raise SignatureMismatch("signature-value-wrong", "not signed by that key") from error
    raise SignatureMismatch("key-algorithm-mismatch", "signed by an algorithm that the key does not have")


def signature_hash(view: LibraryObject) -> str:
    """Name the hash under a signature as hashlib does (`sha256`); empty when there is none that is known."""
    try:
        digest = view.signature_hash_algorithm
    except (UnsupportedAlgorithm, ValueError):
        return ""
    return "" if digest is None else digest.name


def _inner_algorithm(tbs: Element) -> Element:
    """Find the AlgorithmIdentifier of a TBSCertificate or TBSCertList: the first SEQUENCE in either."""
    for child in tbs.children():
        if child.tag == SEQUENCE:
            return child
    raise MalformedDERError("a signed part that names no algorithm")


def _without_null(algorithm: Element) -> bytes:
    """Give the AlgorithmIdentifier, without the NULL parameters when it is ECDSA with SHA-2."""
    parts = algorithm.children()
    if not parts:
        raise MalformedDERError("an algorithm identifier without an algorithm")
    if parts[0].contents[:-1] == _ECDSA_SHA2 and b"".join(part.encoded for part in parts[1:]) == _NULL:
        return encode(SEQUENCE, parts[0].encoded)
    return algorithm.encoded


def _replace(parent: Element, child: Element, replacement: bytes) -> bytes:
    """Build the parent anew with one child replaced."""
    data = parent.data
    return encode(parent.tag, data[parent.body : child.start] + replacement + data[child.end : parent.end])
