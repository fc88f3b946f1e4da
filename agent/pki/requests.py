"""Certification requests, PKCS#10 (RFC 2986), for a key that stays on a token.

The request is built in two halves around the token's signature: the octets to sign, and the whole.
"""

import hashlib
import re
from dataclasses import field
from typing import Final

from cryptography import x509

from agent.dataclass import dataclass
from agent.errors import DocumentError, UsageError
from agent.pki.algorithms import SignatureAlgorithm, algorithm_for, key_kind
from agent.pki.certificate import FOREIGN_ERRORS
from agent.pki.der import (
    BIT_STRING,
    NULL,
    OCTET_STRING,
    SEQUENCE,
    SET,
    UTF8_STRING,
    MalformedDERError,
    encode,
    encode_object_identifier,
    parse_element,
)
from agent.pki.extensions import read_key_usage
from agent.pki.foreign import describe_foreign
from agent.pki.names import (
    COMMON_NAME,
    ORGANISATION,
    ORGANISATIONAL_UNIT,
    UNIQUE_IDENTIFIER,
    DistinguishedName,
    parse_name,
)
from agent.pki.pem import decode_base64, list_pem_blocks
from agent.pki.signatures import raw_to_der, verify_digest_signature
from agent.pki.signed import SignedStructure, parse_signed, verify_signed

REQUEST_LABEL: Final = "CERTIFICATE REQUEST"
_LABELS: Final = frozenset({REQUEST_LABEL, "NEW CERTIFICATE REQUEST"})
_EXTENSION_REQUEST: Final = "1.2.840.113549.1.9.14"  # RFC 2985 clause 5.4.2
_KEY_USAGE: Final = "2.5.29.15"
_VERSION_1: Final = bytes.fromhex("020100")
_TRUE: Final = bytes.fromhex("0101ff")
_DIGITAL_SIGNATURE: Final = bytes.fromhex("03020780")  # RFC 5280 clause 4.2.1.3: bit 0 alone
_ATTRIBUTES: Final = 0xA0
# RFC 5758 clause 3.2, RFC 8017 appendix C.
_ALGORITHMS: Final = {
    "ecdsa-sha256": "1.2.840.10045.4.3.2",
    "ecdsa-sha384": "1.2.840.10045.4.3.3",
    "ecdsa-sha512": "1.2.840.10045.4.3.4",
    "rsa-sha256": "1.2.840.113549.1.1.11",
    "rsa-sha384": "1.2.840.113549.1.1.12",
    "rsa-sha512": "1.2.840.113549.1.1.13",
}
_ROLE_CODE: Final = re.compile(r"[0-9A-Fa-f]{2}")
_EUI64_OCTETS: Final = 8
_UPPER_BOUND: Final = 64  # RFC 5280 appendix A.1: ub-organization-name, ub-common-name


@dataclass(frozen=True, slots=True)
class RequestSubject:
    """The subject that an IKI request asks for, in the order it is written."""

    organisation: str
    """O: the organisation's trading name, 1 to 64 characters."""
    role_code: str
    """OU: the Remote Party Role Code, two hexadecimal digits."""
    common_name: str
    """CN: the unique system name, 1 to 64 characters."""
    entity_identifier: bytes | None
    """x500UniqueIdentifier: the EUI-64, 8 octets; None to leave it out."""

    def __post_init__(self) -> None:
        """Refuse a subject that no certification authority could certify.

        Raises:
            UsageError: `request-subject-invalid`.

        """
        for text in (self.organisation, self.common_name):
            if not 0 < len(text) <= _UPPER_BOUND or not text.isprintable():
                raise _invalid("organisation and common name have 1 to 64 printable characters")
        if not _ROLE_CODE.fullmatch(self.role_code):
            raise _invalid(f"a role code is two hexadecimal digits, not {self.role_code!r}")
        if self.entity_identifier is not None and len(self.entity_identifier) != _EUI64_OCTETS:
            raise _invalid("an EUI-64 has 8 octets")


@dataclass(frozen=True, slots=True)
class CertificationRequest:
    """A request whose self-signature is right; equal to another exactly when the DER is."""

    der: bytes = field(repr=False)
    library: x509.CertificateSigningRequest = field(compare=False, repr=False)
    """cryptography's view, for this package and the lab only."""
    subject_name: DistinguishedName = field(compare=False)
    spki_der: bytes = field(compare=False, repr=False)
    key_kind: str = field(compare=False)
    key_usage: frozenset[str] | None = field(compare=False)
    """The keyUsage asked for; None when none is."""

    @property
    def subject(self) -> str:
        """The subject as RFC 4514 writes it."""
        return self.subject_name.rfc4514()


def build_certification_request_info(subject: RequestSubject, spki_der: bytes) -> bytes:
    """Build the DER of CertificationRequestInfo: what the token signs, by its digest.

    It asks for a critical keyUsage digitalSignature (RFC 2985 clause 5.4.2, extensionRequest).

    Raises:
        DocumentError: `key-malformed` when `spki_der` is not a SubjectPublicKeyInfo.

    """
    key_kind(spki_der)
    usage = encode(
        SEQUENCE,
        encode_object_identifier(_KEY_USAGE) + _TRUE + encode(OCTET_STRING, _DIGITAL_SIGNATURE),
    )
    values = encode(SET, encode(SEQUENCE, usage))
    attribute = encode(SEQUENCE, encode_object_identifier(_EXTENSION_REQUEST) + values)
    return encode(SEQUENCE, _VERSION_1 + _build_name(subject) + spki_der + encode(_ATTRIBUTES, attribute))


def assemble_certification_request(info: bytes, algorithm: SignatureAlgorithm, signature_raw: bytes) -> bytes:
    """Build the DER of the request from the octets that were signed and the token's signature.

    `signature_raw` is what PKCS#11 returns: r‖s for ECDSA, the signature itself for RSA. It is verified
    with the key inside `info` before anything is returned.

    Raises:
        SignatureMismatch: when the signature is not that of the key over `info`.
        DocumentError: `request-malformed`, or `key-malformed`.

    """
    spki = _public_key(info)
    digest = hashlib.new(algorithm.hash_name, info).digest()
    verify_digest_signature(spki, algorithm, digest, signature_raw)
    value = raw_to_der(signature_raw) if algorithm.family == "ecdsa" else signature_raw
    return encode(SEQUENCE, info + _algorithm_identifier(algorithm) + encode(BIT_STRING, b"\0" + value))


def load_certification_request(data: bytes, *, where: str = "request") -> CertificationRequest:
    """Load a request: PEM with either header, bare base64 in one line or wrapped (LF or CRLF), or DER.

    Those are the forms that the SMKI portal takes.

    Raises:
        DocumentError: `request-malformed`, or `key-unsupported` / `key-malformed` for its key.
        SignatureMismatch: when the request is not signed with the key it asks a certificate for.

    """
    try:
        der = _find_der(data)
        signed = parse_signed(der, inner=False)
        request = _parse_request(der, signed)
    except FOREIGN_ERRORS as error:
        raise _malformed(where, describe_foreign(error)) from error
    algorithm_for(request.spki_der)
    verify_signed(signed, request.library, request.spki_der)
    return request


def _find_der(data: bytes) -> bytes:
    """Find the DER in whatever form the request came."""
    if data[:1] == bytes((SEQUENCE,)):
        return data
    if b"-----" not in data:
        return decode_base64(data)
    blocks = list_pem_blocks(data, _LABELS)
    if len(blocks) != 1:
        raise MalformedDERError(f"{len(blocks)} requests where one is expected")
    return blocks[0]


def _parse_request(der: bytes, signed: SignedStructure) -> CertificationRequest:
    """Read a request; raises FOREIGN_ERRORS."""
    library = x509.load_der_x509_csr(signed.readable)
    fields = parse_element(signed.tbs, SEQUENCE).children()
    if len(fields) < len(("version", "subject", "spki")):
        raise MalformedDERError("fields are missing")
    spki = fields[2].encoded
    return CertificationRequest(
        der=der,
        library=library,
        subject_name=parse_name(fields[1].encoded),
        spki_der=spki,
        key_kind=key_kind(spki),
        key_usage=read_key_usage(library.extensions),
    )


def _public_key(info: bytes) -> bytes:
    """Find the SubjectPublicKeyInfo in CertificationRequestInfo."""
    try:
        return parse_element(info, SEQUENCE).children()[2].encoded
    except (MalformedDERError, IndexError) as error:
        raise _malformed("request", "not a CertificationRequestInfo") from error


def _build_name(subject: RequestSubject) -> bytes:
    """Build the Name: O, OU, CN, and the EUI-64 as the BIT STRING that X.520 clause 6.2.7 wants."""
    texts = (
        (ORGANISATION, subject.organisation),
        (ORGANISATIONAL_UNIT, subject.role_code),
        (COMMON_NAME, subject.common_name),
    )
    rdns = [_build_rdn(oid, encode(UTF8_STRING, text.encode())) for oid, text in texts]
    if subject.entity_identifier is not None:
        rdns.append(_build_rdn(UNIQUE_IDENTIFIER, encode(BIT_STRING, b"\0" + subject.entity_identifier)))
    return encode(SEQUENCE, b"".join(rdns))


def _build_rdn(oid: str, value: bytes) -> bytes:
    """Build a RelativeDistinguishedName of one attribute."""
    return encode(SET, encode(SEQUENCE, encode_object_identifier(oid) + value))


def _algorithm_identifier(algorithm: SignatureAlgorithm) -> bytes:
    """Build the AlgorithmIdentifier: NULL parameters for RSA (RFC 8017), none for ECDSA (RFC 5758)."""
    parameters = encode(NULL, b"") if algorithm.family == "rsa" else b""
    return encode(SEQUENCE, encode_object_identifier(_ALGORITHMS[algorithm.name]) + parameters)


def _invalid(message: str) -> UsageError:
    """Build the error about a subject."""
    return UsageError(
        "request-subject-invalid", message, hint="correct organisation, role code, name or EUI-64"
    )


def _malformed(where: str, reason: str) -> DocumentError:
    """Build the error of this module on one line."""
    return DocumentError(
        "request-malformed",
        f"{where}: cannot be read as a certification request: {' '.join(reason.split())}",
        hint="give a PKCS#10 request as PEM, base64 or DER",
    )
