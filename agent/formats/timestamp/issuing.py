"""The TSA's side of RFC 3161: requests read strictly, TSTInfo, token and response written in DER.

Without a key and without a clock: whoever has them decides what is granted.
"""

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime

from agent.dataclass import dataclass
from agent.errors import DocumentError
from agent.formats.cms.algorithms import build_digest_algorithm
from agent.formats.cms.build import SignerFields, build_set
from agent.formats.cms.ess import build_signing_certificate, encode_integer
from agent.formats.cms.findings import CMS_VERSION
from agent.formats.cms.strict_der import (
    CMSDocumentError,
    Fields,
    load_element,
    read_integer,
    read_object_identifier,
    refusing,
)
from agent.formats.cms.vocabulary import (
    CONSTRUCTED_0,
    CONSTRUCTED_4,
    CONTENT_TYPE,
    GENERALIZED_TIME,
    ID_SIGNED_DATA,
    MESSAGE_DIGEST,
    SIGNING_CERTIFICATE_V2,
)
from agent.formats.timestamp.exchange import FAILURES
from agent.formats.timestamp.findings import TIMESTAMP_MALFORMED
from agent.formats.timestamp.tst_info import parse_imprint
from agent.formats.timestamp.vocabulary import BOOLEAN, ID_TST_INFO
from agent.pki.algorithms import SignatureAlgorithm
from agent.pki.certificate import SigningCertificate
from agent.pki.der import (
    BIT_STRING,
    INTEGER,
    OBJECT_IDENTIFIER,
    OCTET_STRING,
    SEQUENCE,
    SET,
    UTF8_STRING,
    MalformedDERError,
    encode,
    encode_object_identifier,
)

_REJECTION = 2
_VERSION = 3
"""SignedData with anything but id-data in it is of version 3 (RFC 5652 clause 5.1)."""
_BIT_NUMBERS = {name: number for number, name in FAILURES.items()}


@dataclass(frozen=True, slots=True)
class TimestampQuery:
    """A TimeStampReq, as a TSA reads it (RFC 3161 clause 2.4.1)."""

    hash_name: str
    imprint: bytes
    policy: str
    """Dotted TSA policy asked for; empty when none is."""
    nonce: int | None
    wants_certificate: bool
    has_extensions: bool


def parse_query(data: bytes) -> TimestampQuery:
    """Parse a TimeStampReq.

    Raises:
        DocumentError: `timestamp-malformed`; `cms-digest-algorithm` for a hash that is not on the list.

    """
    what = "the request"
    try:
        root = load_element(data, what)
        with refusing(what):
            return _parse_query(Fields(root, what, limit=6))
    except DocumentError as error:
        if error.code == "cms-digest-algorithm":
            raise
        raise TIMESTAMP_MALFORMED.error(f"no request for a timestamp: {error.message}") from error


def _parse_query(fields: Fields) -> TimestampQuery:
    if read_integer(fields.take(INTEGER, "version")) != 1:
        raise CMSDocumentError(CMS_VERSION, "the request is not of version 1")
    hash_name, imprint = parse_imprint(fields.take(SEQUENCE, "messageImprint"))
    if len(imprint) != hashlib.new(hash_name).digest_size:
        raise MalformedDERError("an imprint that is not of its hash's length")
    policy = fields.optional(OBJECT_IDENTIFIER)
    nonce = fields.optional(INTEGER)
    wants_certificate = fields.optional(BOOLEAN)
    extensions = fields.optional(CONSTRUCTED_0)
    fields.end()
    return TimestampQuery(
        hash_name=hash_name,
        imprint=imprint,
        policy=read_object_identifier(policy, "the policy") if policy else "",
        nonce=None if nonce is None else read_integer(nonce),
        wants_certificate=wants_certificate is not None and wants_certificate.contents != b"\0",
        has_extensions=extensions is not None,
    )


def build_tst_info(
    query: TimestampQuery,
    *,
    policy: str,
    serial: int,
    gen_time: datetime,
    accuracy: int,
    tsa: SigningCertificate,
) -> bytes:
    """Build the TSTInfo that answers a query; `gen_time` in whole seconds, `accuracy` at least one."""
    imprint = build_digest_algorithm(query.hash_name) + encode(OCTET_STRING, query.imprint)
    time = gen_time.astimezone(UTC).strftime("%Y%m%d%H%M%SZ").encode()
    name = encode(CONSTRUCTED_0, encode(CONSTRUCTED_4, tsa.subject_name.der))
    return encode(
        SEQUENCE,
        encode_integer(1)
        + encode_object_identifier(policy)
        + encode(SEQUENCE, imprint)
        + encode_integer(serial)
        + encode(GENERALIZED_TIME, time)
        + encode(SEQUENCE, encode_integer(accuracy))
        + (b"" if query.nonce is None else encode_integer(query.nonce))
        + name,
    )


@dataclass(frozen=True, slots=True)
class UnsignedToken:
    """A TimeStampToken that lacks nothing but its signature value."""

    info: bytes
    """DER of the TSTInfo."""
    certificate: SigningCertificate
    algorithm: SignatureAlgorithm

    @property
    def _signer(self) -> SignerFields:
        digest = hashlib.new(self.algorithm.hash_name, self.info).digest()
        attributes = {
            CONTENT_TYPE: (encode_object_identifier(ID_TST_INFO),),
            MESSAGE_DIGEST: (encode(OCTET_STRING, digest),),
            SIGNING_CERTIFICATE_V2: (build_signing_certificate(self.certificate),),
        }
        return SignerFields(self.certificate, self.algorithm, attributes)

    @property
    def signed_octets(self) -> bytes:
        """What is signed (RFC 5652 clause 5.4)."""
        return self._signer.signed_octets

    def build(self, signature: bytes, certificates: Iterable[bytes]) -> bytes:
        """Build the token, DER; `signature` is DER for ECDSA, `certificates` go with it."""
        included = tuple(certificates)
        content = encode_object_identifier(ID_TST_INFO) + encode(
            CONSTRUCTED_0, encode(OCTET_STRING, self.info)
        )
        signed_data = encode(
            SEQUENCE,
            encode_integer(_VERSION)
            + build_set(SET, [build_digest_algorithm(self.algorithm.hash_name)])
            + encode(SEQUENCE, content)
            + (build_set(CONSTRUCTED_0, included) if included else b"")
            + build_set(SET, [self._signer.build(signature, {})]),
        )
        return encode(SEQUENCE, encode_object_identifier(ID_SIGNED_DATA) + encode(CONSTRUCTED_0, signed_data))


def build_grant(token: bytes) -> bytes:
    """Build the TimeStampResp that grants a token."""
    return encode(SEQUENCE, encode(SEQUENCE, encode_integer(0)) + token)


def build_rejection(failure: str, words: str) -> bytes:
    """Build the TimeStampResp that says no; `failure` is a PKIFailureInfo by its name (clause 2.4.2)."""
    octet, bit = divmod(_BIT_NUMBERS[failure], 8)
    flags = bytes([7 - bit]) + bytes(octet) + bytes([0x80 >> bit])
    text = encode(SEQUENCE, encode(UTF8_STRING, words.encode()))
    return encode(SEQUENCE, encode(SEQUENCE, encode_integer(_REJECTION) + text + encode(BIT_STRING, flags)))
