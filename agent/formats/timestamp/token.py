"""TimeStampToken: CMS SignedData over TSTInfo, by one signer whose certificate is in it (RFC 3161 2.4.2).

What holds of a token by itself is verified here: structure, message digest, signature, and that the signing
certificate is the one the token names. Whether that certificate is a TSA's whom anybody trusts is for the
policy.

A token names its certificate by SHA-256 or better (signing-certificate-v2, RFC 5816) or by SHA-1 (RFC 3161's
own signing-certificate). SHA-1 is let through for this alone: to pass off another certificate a second
preimage would be needed, and that certificate would have to be a trusted TSA's with the same key.
"""

import hashlib
import hmac
from dataclasses import field

from agent.dataclass import dataclass
from agent.errors import DocumentError, IkiError
from agent.exits import ExitStatus
from agent.formats.cms.algorithms import find_digest, read_algorithm
from agent.formats.cms.ess import SigningCertificateDigest, find_signing_certificate, parse_issuer_serial
from agent.formats.cms.signed_data import SignedData, Signer, load_signed_data, parse_signer_info
from agent.formats.cms.strict_der import (
    Fields,
    list_elements,
    read_object_identifier,
    read_octets,
    refusing,
    structure_error,
)
from agent.formats.cms.vocabulary import (
    CONTENT_TYPE,
    MESSAGE_DIGEST,
    SIGNING_CERTIFICATE_V2,
)
from agent.formats.timestamp.findings import (
    TIMESTAMP_CERTIFICATE_MISSING,
    TIMESTAMP_IMPRINT_WRONG,
    TIMESTAMP_MALFORMED,
    TIMESTAMP_SIGNATURE_WRONG,
)
from agent.formats.timestamp.tst_info import TimestampContent, parse_tst_info
from agent.formats.timestamp.vocabulary import ID_TST_INFO, SIGNING_CERTIFICATE
from agent.pki.certificate import SigningCertificate
from agent.pki.crl import CertificateList
from agent.pki.der import OCTET_STRING, SEQUENCE, Element
from agent.pki.signatures import SignatureMismatch, coordinate_length, der_to_raw, verify_digest_signature
from agent.verdicts import DeclaredFinding

MAX_TOKEN = 256 * 1024
"""Octets of a token; one with a chain and lists of its own takes a few thousand."""
_MOST_CERTIFICATE_IDS = 16


class TimestampMismatch(IkiError):  # noqa: N818 - a failure of the timestamp, not an error of the program
    """A token that is well-formed and does not hold."""

    exit_status = ExitStatus.FAILED

    def __init__(self, finding: DeclaredFinding, message: str) -> None:
        """Keep the finding that it is."""
        super().__init__(finding.code, message)
        self.finding = finding


@dataclass(frozen=True, slots=True)
class TimestampToken:
    """A token whose own signature holds."""

    der: bytes = field(repr=False)
    info: TimestampContent
    certificate: SigningCertificate
    """The certificate that the token names as its signer's."""
    certificates: tuple[SigningCertificate, ...] = field(repr=False)
    """The other certificates that came along; nothing vouches for them."""
    crls: tuple[CertificateList, ...] = field(repr=False)


def load_token(der: bytes) -> TimestampToken:
    """Load a TimeStampToken and verify it by itself.

    Raises:
        DocumentError: `timestamp-malformed`.
        TimestampMismatch: `timestamp-signature-wrong`, `timestamp-certificate-missing`.

    """
    if len(der) > MAX_TOKEN:
        raise TIMESTAMP_MALFORMED.error(f"a timestamp of {len(der)} octets")
    try:
        data = load_signed_data(der, ordered=False)
        info = parse_tst_info(_content_of(data))
        signer = parse_signer_info(data.signer_infos[0])
        if signer.unsigned:
            raise structure_error("the token has unsigned attributes, which this profile does not know")
        certificate = _find_certificate(data, signer)
    except DocumentError as error:
        raise TIMESTAMP_MALFORMED.error(f"the timestamp: {error.message}") from error
    _verify(data, signer, certificate)
    others = tuple(item for item in data.certificates if item != certificate)
    return TimestampToken(der, info, certificate, others, data.crls)


def check_imprint(token: TimestampToken, octets: bytes) -> None:
    """Check that the token is over these octets.

    Raises:
        TimestampMismatch: `timestamp-imprint-wrong`.

    """
    expected = hashlib.new(token.info.hash_name, octets).digest()
    if not hmac.compare_digest(expected, token.info.imprint):
        raise TimestampMismatch(TIMESTAMP_IMPRINT_WRONG, "the timestamp is over something else")


def _content_of(data: SignedData) -> bytes:
    if data.content_type != ID_TST_INFO or data.content is None:
        raise structure_error(f"its content is {data.content_type}, and not a TSTInfo")
    if len(data.signer_infos) != 1:
        raise structure_error("it has more than one signer")
    return data.content


def _find_certificate(data: SignedData, signer: Signer) -> SigningCertificate:
    """Find the certificate that the signed attributes name; raises DocumentError, TimestampMismatch."""
    named = [
        _parse_first(signer.signed[kind], kind)
        for kind in (SIGNING_CERTIFICATE_V2, SIGNING_CERTIFICATE)
        if kind in signer.signed
    ]
    if not named:
        raise structure_error("it does not name its signer's certificate")
    found = {find_signing_certificate(item, signer.sid, data.certificates) for item in named}
    certificate = found.pop()
    if certificate is None or found:
        raise TimestampMismatch(TIMESTAMP_CERTIFICATE_MISSING, "the timestamp's signer is not in it")
    return certificate


def _parse_first(values: tuple[Element, ...], kind: str) -> SigningCertificateDigest:
    """Parse the first ESSCertID or ESSCertIDv2, which is the signer's; TSAs name their CAs after it."""
    what = "the signing-certificate attribute"
    if len(values) != 1:
        raise structure_error(f"{what} has {len(values)} values")
    with refusing(what):
        fields = Fields(values[0], what, limit=2)
        identifiers = list_elements(fields.take(SEQUENCE, "certs"), what, limit=_MOST_CERTIFICATE_IDS)
        fields.optional(SEQUENCE)
        fields.end()
        if not identifiers:
            raise structure_error(f"{what} names no certificate")
        first = Fields(identifiers[0], what, limit=3)
        hash_name = "sha1"
        if kind == SIGNING_CERTIFICATE_V2:
            # Unlike ours it may write out the default, as OpenSSL before 3.0 does.
            algorithm = first.optional(SEQUENCE)
            hash_name = find_digest(read_algorithm(algorithm, what)) if algorithm else "sha256"
        digest = read_octets(first.take(OCTET_STRING, "certHash"), what)
        issuer_serial = first.optional(SEQUENCE)
        first.end()
        named = parse_issuer_serial(issuer_serial) if issuer_serial else (None, None)
        return SigningCertificateDigest(hash_name, digest, *named)


def _verify(data: SignedData, signer: Signer, certificate: SigningCertificate) -> None:
    """Verify message digest and signature (RFC 5652 clause 5.6)."""
    content_type = signer.signed.get(CONTENT_TYPE, ())
    digest = signer.signed.get(MESSAGE_DIGEST, ())
    expected = hashlib.new(signer.hash_name, data.content or b"").digest()
    try:
        with refusing("the signed attributes"):
            types = [read_object_identifier(item, "the content type") for item in content_type]
            digests = [read_octets(item, "the message digest") for item in digest]
        if types != [ID_TST_INFO] or digests != [expected]:
            raise _wrong("what its signer signed is something else")
        signed = hashlib.new(signer.hash_name, signer.signed_octets).digest()
        value = signer.signature
        if signer.algorithm.family == "ecdsa":
            value = der_to_raw(value, coordinate_length(certificate.spki_der))
        verify_digest_signature(certificate.spki_der, signer.algorithm, signed, value)
    except (DocumentError, SignatureMismatch) as error:
        raise _wrong(error.message) from error


def _wrong(reason: str) -> TimestampMismatch:
    return TimestampMismatch(TIMESTAMP_SIGNATURE_WRONG, f"the timestamp's own signature is wrong: {reason}")
