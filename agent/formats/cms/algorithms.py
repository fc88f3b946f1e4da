"""AlgorithmIdentifiers of CMS: read against an allow-list, and written.

Source: RFC 5754 (SHA-2, RSA), RFC 5753 and RFC 5758 (ECDSA), RFC 4056 (RSASSA-PSS).
"""

from dataclasses import replace

from agent.dataclass import dataclass
from agent.formats.cms.findings import (
    CMS_ALGORITHM_DISAGREEMENT,
    CMS_DIGEST_ALGORITHM,
    CMS_SIGNATURE_ALGORITHM,
)
from agent.formats.cms.strict_der import CMSDocumentError, Fields, is_null, read_object_identifier
from agent.formats.cms.vocabulary import DIGESTS, ECDSA_WITH, RSA_ENCRYPTION, RSA_PSS, RSA_WITH
from agent.pki.algorithms import SIGNATURE_ALGORITHMS, SignatureAlgorithm
from agent.pki.der import (
    NULL,
    OBJECT_IDENTIFIER,
    SEQUENCE,
    Element,
    MalformedDERError,
    encode,
    encode_object_identifier,
)
from agent.pki.pss import build_pss_parameters, parse_pss_parameters

_HINT = "allowed are SHA-256, SHA-384 and SHA-512 with ECDSA, RSA PKCS#1 v1.5 or RSASSA-PSS"


@dataclass(frozen=True, slots=True)
class AlgorithmIdentifier:
    """An algorithm and its parameters, and both as they stand."""

    identifier: str
    """Dotted decimal."""
    parameters: Element | None
    encoded: bytes

    @property
    def bare(self) -> bool:
        """The parameters are absent or NULL."""
        return self.parameters is None or is_null(self.parameters)


def read_algorithm(element: Element, what: str, *, tag: int = SEQUENCE) -> AlgorithmIdentifier:
    """Read an AlgorithmIdentifier; a context tag in the place of SEQUENCE's is undone in `encoded`.

    Raises:
        DocumentError: `cms-structure`.
        MalformedDERError: when it is not DER.

    """
    fields = Fields(element, what, limit=2, tag=tag)
    identifier = read_object_identifier(fields.take(OBJECT_IDENTIFIER, "identifier"), what)
    rest = fields.rest()
    return AlgorithmIdentifier(identifier, rest[0] if rest else None, encode(SEQUENCE, element.contents))


def find_digest(algorithm: AlgorithmIdentifier) -> str:
    """Find the hash's name as hashlib has it; parameters are absent or NULL (RFC 5754 clause 2).

    Raises:
        DocumentError: `cms-digest-algorithm`.

    """
    name = DIGESTS.get(algorithm.identifier)
    if name is None or not algorithm.bare:
        raise CMSDocumentError(
            CMS_DIGEST_ALGORITHM, f"the digest algorithm {algorithm.identifier} is not allowed", hint=_HINT
        )
    return name


def find_signature_algorithm(algorithm: AlgorithmIdentifier, hash_name: str) -> SignatureAlgorithm:
    """Find the signature algorithm, whose hash must be the digest algorithm's, `hash_name`.

    Raises:
        DocumentError: `cms-signature-algorithm`, or `cms-algorithm-disagreement`.

    """
    found = _find(algorithm, hash_name)
    if found is None:
        raise CMSDocumentError(
            CMS_SIGNATURE_ALGORITHM,
            f"the signature algorithm {algorithm.identifier} is not allowed, or not with these parameters",
            hint=_HINT,
        )
    if found.hash_name != hash_name:
        raise CMSDocumentError(
            CMS_ALGORITHM_DISAGREEMENT,
            f"the signature is made with {found.hash_name}, the digest with {hash_name}",
        )
    return found


def build_digest_algorithm(hash_name: str) -> bytes:
    """Build the AlgorithmIdentifier of a hash, without parameters (RFC 5754 clause 2)."""
    identifier = next(oid for oid, name in DIGESTS.items() if name == hash_name)
    return encode(SEQUENCE, encode_object_identifier(identifier))


def build_signature_algorithm(algorithm: SignatureAlgorithm) -> bytes:
    """Build the AlgorithmIdentifier of a signature algorithm; the name says the hash too."""
    if algorithm.family == "rsa-pss":
        parameters = build_pss_parameters(algorithm.hash_name, algorithm.salt_length)
        return encode(SEQUENCE, encode_object_identifier(RSA_PSS) + parameters)
    table = RSA_WITH if algorithm.family == "rsa" else ECDSA_WITH
    identifier = next(oid for oid, name in table.items() if name == algorithm.hash_name)
    # RFC 4055 clause 5: NULL for RSA; RFC 5758 clause 3.2: absent for ECDSA.
    parameters = encode(NULL, b"") if algorithm.family == "rsa" else b""
    return encode(SEQUENCE, encode_object_identifier(identifier) + parameters)


def _find(algorithm: AlgorithmIdentifier, hash_name: str) -> SignatureAlgorithm | None:
    identifier = algorithm.identifier
    if identifier == RSA_PSS:
        return _find_pss(algorithm)
    if identifier in ECDSA_WITH and algorithm.parameters is None:
        return SIGNATURE_ALGORITHMS[f"ecdsa-{ECDSA_WITH[identifier]}"]
    if not algorithm.bare:
        return None
    # RFC 5754 clause 3.2: verifiers take rsaEncryption too, which leaves the hash to the digest algorithm.
    if identifier == RSA_ENCRYPTION:
        return SIGNATURE_ALGORITHMS[f"rsa-{hash_name}"]
    return SIGNATURE_ALGORITHMS[f"rsa-{RSA_WITH[identifier]}"] if identifier in RSA_WITH else None


def _find_pss(algorithm: AlgorithmIdentifier) -> SignatureAlgorithm | None:
    """Find RSASSA-PSS with a salt at least as long as the hash (ETSI TS 119 312 clause 6.2.2.1)."""
    if algorithm.parameters is None:
        return None
    try:
        hash_name, salt_length = parse_pss_parameters(algorithm.parameters)
    except MalformedDERError:
        return None
    if not hash_name:
        return None
    found = SIGNATURE_ALGORITHMS[f"rsa-pss-{hash_name}"]
    return replace(found, salt_length=salt_length) if salt_length >= found.salt_length else None
