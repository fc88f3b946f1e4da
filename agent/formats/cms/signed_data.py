"""SignedData, parsed into its fields: what RFC 5652 clause 5 allows, less what this profile has no use for.

Nothing is judged here but the form: DER, versions, no certificate or revocation format but X.509's, no
attribute twice. Each signerInfo is parsed on its own, so that a bad one does not hide a good one. RFC 3161
timestamp tokens are read by the same code.
"""

from collections.abc import Mapping
from types import MappingProxyType

from agent.dataclass import dataclass
from agent.errors import DocumentError
from agent.formats.cms.algorithms import (
    AlgorithmIdentifier,
    find_digest,
    find_signature_algorithm,
    read_algorithm,
)
from agent.formats.cms.findings import (
    CERTIFICATE_MALFORMED,
    CMS_ATTRIBUTE_DUPLICATE,
    CMS_ATTRIBUTE_MISSING,
    CMS_PEM,
    CMS_VERSION,
    CRL_MALFORMED,
)
from agent.formats.cms.strict_der import (
    CMSDocumentError,
    Fields,
    list_set,
    load_element,
    read_integer,
    read_object_identifier,
    read_octets,
    refusing,
    structure_error,
)
from agent.formats.cms.vocabulary import (
    CONSTRUCTED_0,
    CONSTRUCTED_1,
    CONTEXT_0,
    ID_DATA,
    ID_SIGNED_DATA,
)
from agent.pki.algorithms import SignatureAlgorithm
from agent.pki.certificate import SigningCertificate, load_certificate
from agent.pki.crl import CertificateList, load_crl
from agent.pki.der import INTEGER, OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE, SET, Element, encode

MAX_SIGNATURES = 16
"""Far more than the two a submission carries."""
_MAX_CERTIFICATES = 32
_MAX_CRLS = 32
_MAX_ATTRIBUTES = 32
_MAX_VALUES = 16


@dataclass(frozen=True, slots=True)
class SignedData:
    """The fields of SignedData (RFC 5652 clause 5.1)."""

    version: int
    digest_algorithms: tuple[AlgorithmIdentifier, ...]
    content_type: str
    """Dotted decimal."""
    content: bytes | None
    """The content octets; None when the signature is detached."""
    certificates: tuple[SigningCertificate, ...]
    """In the order of the set, which says nothing."""
    crls: tuple[CertificateList, ...]
    """Nothing vouches for them but who signed them."""
    signer_infos: tuple[Element, ...]


@dataclass(frozen=True, slots=True)
class SignerIdentifier:
    """Who signed, as the unsigned `sid` says: by issuer and serial number, or by key identifier."""

    issuer: bytes
    """DER of the issuer's Name; empty with a key identifier."""
    serial: int
    key_identifier: bytes | None = None


@dataclass(frozen=True, slots=True)
class Signer:
    """The fields of a SignerInfo (RFC 5652 clause 5.3)."""

    encoded: bytes
    sid: SignerIdentifier
    digest_algorithm: AlgorithmIdentifier
    hash_name: str
    signature_algorithm: AlgorithmIdentifier
    algorithm: SignatureAlgorithm
    signed: Mapping[str, tuple[Element, ...]]
    """Attribute type to values, none empty."""
    signed_octets: bytes
    """DER of the signed attributes as a SET OF: what the signature is over (clause 5.4)."""
    signature: bytes
    unsigned: Mapping[str, tuple[Element, ...]]


def load_signed_data(data: bytes, *, ordered: bool = True) -> SignedData:
    """Load a ContentInfo that holds SignedData, and nothing behind it.

    `ordered` asks for certificates and CRLs in DER's order, which `openssl ts` does not keep to.

    Raises:
        DocumentError: `cms-pem`, `cms-not-der`, `cms-trailing-octets`, `cms-structure`, `cms-version`,
            `limit-cms`, `certificate-malformed`, or `crl-malformed`.

    """
    if data.lstrip()[:5] == b"-----":
        raise CMSDocumentError(
            CMS_PEM,
            "the signature is armoured (PEM); a .p7s is DER",
            hint="convert it: openssl cms -cmsout -inform PEM -in OLD -outform DER -out NEW.p7s",
        )
    what = "the signature"
    root = load_element(data, what)
    with refusing(what):
        info = Fields(root, what, limit=2)
        identifier = read_object_identifier(info.take(OBJECT_IDENTIFIER, "content type"), what)
        if identifier != ID_SIGNED_DATA:
            raise structure_error(f"{what} holds {identifier}, not SignedData")
        wrapped = Fields(info.take(CONSTRUCTED_0, "content"), what, limit=1, tag=CONSTRUCTED_0)
        signed_data = wrapped.take(SEQUENCE, "SignedData")
        return _parse_signed_data(signed_data, ordered=ordered)


def _parse_signed_data(element: Element, *, ordered: bool) -> SignedData:
    fields = Fields(element, "SignedData", limit=6)
    version = read_integer(fields.take(INTEGER, "version"))
    digests = list_set(fields.take(SET, "digestAlgorithms"), "digestAlgorithms", limit=MAX_SIGNATURES)
    content_type, content = _parse_content(fields.take(SEQUENCE, "encapContentInfo"))
    certificates = fields.optional(CONSTRUCTED_0)
    crls = fields.optional(CONSTRUCTED_1)
    signers = list_set(fields.take(SET, "signerInfos"), "signerInfos", limit=MAX_SIGNATURES)
    fields.end()
    _check_version(version, content_type, signers)
    return SignedData(
        version,
        tuple(read_algorithm(item, "a digest algorithm") for item in digests),
        content_type,
        content,
        _parse_certificates(certificates, ordered=ordered),
        _parse_crls(crls, ordered=ordered),
        signers,
    )


def _parse_content(element: Element) -> tuple[str, bytes | None]:
    fields = Fields(element, "encapContentInfo", limit=2)
    content_type = read_object_identifier(fields.take(OBJECT_IDENTIFIER, "eContentType"), "eContentType")
    wrapped = fields.optional(CONSTRUCTED_0)
    fields.end()
    if wrapped is None:
        return content_type, None
    inner = Fields(wrapped, "eContent", limit=1, tag=CONSTRUCTED_0)
    return content_type, read_octets(inner.take(OCTET_STRING, "octet string"), "eContent")


def _check_version(version: int, content_type: str, signers: tuple[Element, ...]) -> None:
    """RFC 5652 clause 5.1, for the certificate and revocation formats that are allowed here."""
    versions = [
        read_integer(Fields(signer, "a signerInfo", limit=7).take(INTEGER, "version")) for signer in signers
    ]
    expected = 3 if content_type != ID_DATA or 3 in versions else 1  # noqa: PLR2004 - the number of the version
    if version != expected:
        raise CMSDocumentError(CMS_VERSION, f"SignedData says version {version} and must say {expected}")


def _parse_certificates(element: Element | None, *, ordered: bool) -> tuple[SigningCertificate, ...]:
    if element is None:
        return ()
    items = list_set(
        element, "the set of certificates", limit=_MAX_CERTIFICATES, tag=CONSTRUCTED_0, ordered=ordered
    )
    if any(item.tag != SEQUENCE for item in items):
        raise structure_error("a certificate is not an X.509 certificate")
    return tuple(_load_certificate(item) for item in items)


def _parse_crls(element: Element | None, *, ordered: bool) -> tuple[CertificateList, ...]:
    if element is None:
        return ()
    items = list_set(element, "the set of CRLs", limit=_MAX_CRLS, tag=CONSTRUCTED_1, ordered=ordered)
    if any(item.tag != SEQUENCE for item in items):
        raise structure_error("revocation information that is no X.509 CRL")
    return tuple(_load_crl(item) for item in items)


def _load_certificate(element: Element) -> SigningCertificate:
    try:
        return load_certificate(element.encoded, where="a certificate of the signature")
    except DocumentError as error:
        raise CMSDocumentError(CERTIFICATE_MALFORMED, error.message, hint=error.hint) from error


def _load_crl(element: Element) -> CertificateList:
    try:
        return load_crl(element.encoded, where="a CRL of the signature")
    except DocumentError as error:
        raise CMSDocumentError(CRL_MALFORMED, error.message, hint=error.hint) from error


def parse_signer_info(element: Element) -> Signer:
    """Parse one signerInfo, or the value of a countersignature attribute, which is one too.

    Raises:
        DocumentError: `cms-not-der`, `cms-structure`, `cms-version`, `limit-cms`, `cms-attribute-missing`,
            `cms-attribute-duplicate`, `cms-digest-algorithm`, `cms-signature-algorithm`, or
            `cms-algorithm-disagreement`.

    """
    with refusing("a signerInfo"):
        fields = Fields(element, "a signerInfo", limit=7)
        version = read_integer(fields.take(INTEGER, "version"))
        sid = _parse_sid(fields)
        if version != (1 if sid.key_identifier is None else 3):
            raise CMSDocumentError(CMS_VERSION, f"a signerInfo says version {version}, its sid another")
        digest_algorithm = read_algorithm(fields.take(SEQUENCE, "digestAlgorithm"), "digestAlgorithm")
        signed = fields.optional(CONSTRUCTED_0)
        signature_algorithm = read_algorithm(
            fields.take(SEQUENCE, "signatureAlgorithm"), "signatureAlgorithm"
        )
        signature = read_octets(fields.take(OCTET_STRING, "signature"), "the signature value")
        unsigned = fields.optional(CONSTRUCTED_1)
        fields.end()
        if signed is None:
            # Without them a signature over attributes could be passed off as one over a file of those octets.
            raise CMSDocumentError(CMS_ATTRIBUTE_MISSING, "a signerInfo has no signed attributes")
        hash_name = find_digest(digest_algorithm)
        return Signer(
            encoded=element.encoded,
            sid=sid,
            digest_algorithm=digest_algorithm,
            hash_name=hash_name,
            signature_algorithm=signature_algorithm,
            algorithm=find_signature_algorithm(signature_algorithm, hash_name),
            signed=_parse_attributes(signed, CONSTRUCTED_0),
            signed_octets=encode(SET, signed.contents),
            signature=signature,
            unsigned=_parse_attributes(unsigned, CONSTRUCTED_1) if unsigned else MappingProxyType({}),
        )


def _parse_sid(fields: Fields) -> SignerIdentifier:
    key_identifier = fields.optional(CONTEXT_0)
    if key_identifier is not None:
        return SignerIdentifier(b"", 0, key_identifier.contents)
    both = Fields(fields.take(SEQUENCE, "sid"), "issuerAndSerialNumber", limit=2)
    issuer = both.take(SEQUENCE, "issuer")
    return SignerIdentifier(issuer.encoded, read_integer(both.take(INTEGER, "serial number")))


def _parse_attributes(element: Element, tag: int) -> Mapping[str, tuple[Element, ...]]:
    found: dict[str, tuple[Element, ...]] = {}
    for item in list_set(element, "the set of attributes", limit=_MAX_ATTRIBUTES, tag=tag):
        fields = Fields(item, "an attribute", limit=2)
        kind = read_object_identifier(fields.take(OBJECT_IDENTIFIER, "type"), "an attribute's type")
        values = list_set(fields.take(SET, "values"), f"the values of attribute {kind}", limit=_MAX_VALUES)
        if kind in found:
            raise CMSDocumentError(CMS_ATTRIBUTE_DUPLICATE, f"the attribute {kind} is there twice")
        found[kind] = values
    return MappingProxyType(found)
