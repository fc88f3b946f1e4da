"""signing-certificate-v2: the signed digest that says which certificate signed (RFC 5035 clause 3).

The certificate is found by this digest among those that came along, never by their order or by the unsigned
`sid`, which must then agree with it.
"""

import hashlib
from collections.abc import Iterable

from agent.dataclass import dataclass
from agent.formats.cms.algorithms import build_digest_algorithm, find_digest, read_algorithm
from agent.formats.cms.findings import CMS_CERTIFICATE_CONFUSION
from agent.formats.cms.signed_data import SignerIdentifier
from agent.formats.cms.strict_der import (
    CMSDocumentError,
    Fields,
    list_elements,
    read_integer,
    read_octets,
    structure_error,
)
from agent.formats.cms.vocabulary import CONSTRUCTED_4
from agent.pki.certificate import SigningCertificate
from agent.pki.der import INTEGER, OCTET_STRING, SEQUENCE, Element, MalformedDERError, encode

_WHAT = "signing-certificate-v2"
_DEFAULT_HASH = "sha256"


@dataclass(frozen=True, slots=True)
class SigningCertificateDigest:
    """ESSCertIDv2: the digest of the signer's certificate and, when given, its issuer and serial number."""

    hash_name: str
    digest: bytes
    issuer: bytes | None = None
    """DER of the issuer's Name."""
    serial: int | None = None

    def names(self, certificate: SigningCertificate) -> bool:
        """Tell whether the digest is that of the certificate."""
        return hashlib.new(self.hash_name, certificate.der).digest() == self.digest

    def agrees_with(self, certificate: SigningCertificate) -> bool:
        """Tell whether issuer and serial number, when given, are the certificate's."""
        if self.issuer is None:
            return True
        return (self.issuer, self.serial) == (certificate.issuer_name.der, certificate.serial)


def parse_signing_certificate(value: Element) -> SigningCertificateDigest:
    """Parse SigningCertificateV2 with the signer's certificate alone and no policies.

    More digests would limit the path to those certificates (RFC 5035 clause 4), which is not done here,
    so they are refused; EN 319 122-1 clause 5.2.2.3 wants no policies.

    Raises:
        DocumentError: `cms-structure`, or `cms-digest-algorithm` for a hash that is not allowed.
        MalformedDERError: when it is not DER.

    """
    fields = Fields(value, _WHAT, limit=2)
    identifiers = list_elements(fields.take(SEQUENCE, "certificate digests"), _WHAT, limit=16)
    fields.end()
    if len(identifiers) != 1:
        raise structure_error(
            f"{_WHAT} names {len(identifiers)} certificates, and must name the signer's alone"
        )
    identifier = Fields(identifiers[0], _WHAT, limit=3)
    algorithm = identifier.optional(SEQUENCE)
    hash_name = _DEFAULT_HASH
    if algorithm is not None:
        if algorithm.encoded == build_digest_algorithm(_DEFAULT_HASH):
            raise MalformedDERError("a default value that is written out")
        hash_name = find_digest(read_algorithm(algorithm, _WHAT))
    digest = read_octets(identifier.take(OCTET_STRING, "digest"), _WHAT)
    if len(digest) != hashlib.new(hash_name).digest_size:
        raise structure_error(f"{_WHAT} has a digest of {len(digest)} octets")
    issuer_serial = identifier.optional(SEQUENCE)
    identifier.end()
    if issuer_serial is None:
        return SigningCertificateDigest(hash_name, digest)
    return SigningCertificateDigest(hash_name, digest, *parse_issuer_serial(issuer_serial))


def parse_issuer_serial(element: Element) -> tuple[bytes, int]:
    """Parse IssuerSerial (RFC 5035 clause 5): the DER of one directoryName, and the serial number.

    Raises:
        DocumentError: `cms-structure`.
        MalformedDERError: when it is not DER.

    """
    fields = Fields(element, "issuerSerial", limit=2)
    names = Fields(fields.take(SEQUENCE, "issuer"), "issuerSerial", limit=1)
    wrapped = Fields(names.take(CONSTRUCTED_4, "directoryName"), "issuerSerial", limit=1, tag=CONSTRUCTED_4)
    issuer = wrapped.take(SEQUENCE, "name")
    return issuer.encoded, read_integer(fields.take(INTEGER, "serial number"))


def build_signing_certificate(certificate: SigningCertificate) -> bytes:
    """Build SigningCertificateV2 with the certificate's SHA-256, which is the default and not named."""
    name = encode(SEQUENCE, encode(CONSTRUCTED_4, certificate.issuer_name.der))
    issuer_serial = encode(SEQUENCE, name + encode_integer(certificate.serial))
    identifier = encode(OCTET_STRING, certificate.sha256) + issuer_serial
    return encode(SEQUENCE, encode(SEQUENCE, encode(SEQUENCE, identifier)))


def find_signing_certificate(
    named: SigningCertificateDigest, sid: SignerIdentifier, certificates: Iterable[SigningCertificate]
) -> SigningCertificate | None:
    """Find the certificate that the signed digest names; None when it did not come along.

    Raises:
        DocumentError: `cms-certificate-confusion` when `sid`, or the signed issuer and serial number, differ.

    """
    for certificate in certificates:
        if named.names(certificate):
            if not (named.agrees_with(certificate) and _is_of(sid, certificate)):
                raise CMSDocumentError(
                    CMS_CERTIFICATE_CONFUSION,
                    "the signerInfo names one certificate and signs for another",
                )
            return certificate
    return None


def _is_of(sid: SignerIdentifier, certificate: SigningCertificate) -> bool:
    if sid.key_identifier is not None:
        return sid.key_identifier == certificate.subject_key_identifier
    return (sid.issuer, sid.serial) == (certificate.issuer_name.der, certificate.serial)


def encode_integer(number: int) -> bytes:
    """Build an INTEGER in as few octets as possible (X.690 clause 8.3.2)."""
    return encode(INTEGER, number.to_bytes((number + (number < 0)).bit_length() // 8 + 1, "big", signed=True))
