"""SignedData, written in DER: sets in ascending order, defaults left out.

Source: RFC 5652 clauses 5 and 11; ETSI EN 319 122-1 clauses 5.2 and 6.3.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

from agent.dataclass import dataclass
from agent.formats.cms.algorithms import build_digest_algorithm, build_signature_algorithm
from agent.formats.cms.ess import build_signing_certificate, encode_integer
from agent.formats.cms.vocabulary import (
    COMMITMENT_TYPE,
    CONSTRUCTED_0,
    CONSTRUCTED_1,
    CONTENT_TYPE,
    GENERALIZED_TIME,
    ID_DATA,
    ID_SIGNED_DATA,
    MESSAGE_DIGEST,
    PROOF_OF_APPROVAL,
    PROOF_OF_ORIGIN,
    ROLE,
    SIGNER_ATTRIBUTES_V2,
    SIGNING_CERTIFICATE_V2,
    SIGNING_TIME,
    UTC_TIME,
)
from agent.formats.request import SignatureRequest
from agent.pki.algorithms import SignatureAlgorithm
from agent.pki.certificate import SigningCertificate
from agent.pki.der import OCTET_STRING, SEQUENCE, SET, UTF8_STRING, encode, encode_object_identifier
from agent.roles import Role

_LAST_UTC_YEAR = 2049
Attributes = Mapping[str, Sequence[bytes]]
"""Attribute type, dotted, to the DER of its values."""


@dataclass(frozen=True, slots=True)
class SignerFields:
    """A signerInfo that lacks nothing but its value."""

    certificate: SigningCertificate
    algorithm: SignatureAlgorithm
    signed: Attributes

    @property
    def signed_octets(self) -> bytes:
        """DER of the signed attributes as a SET OF: what is signed (RFC 5652 clause 5.4)."""
        return build_attributes(self.signed, SET)

    def build(self, signature: bytes, unsigned: Attributes) -> bytes:
        """Build the signerInfo; `signature` is DER for ECDSA."""
        name = self.certificate.issuer_name.der
        return encode(
            SEQUENCE,
            encode_integer(1)
            + encode(SEQUENCE, name + encode_integer(self.certificate.serial))
            + build_digest_algorithm(self.algorithm.hash_name)
            + build_attributes(self.signed, CONSTRUCTED_0)
            + build_signature_algorithm(self.algorithm)
            + encode(OCTET_STRING, signature)
            + (build_attributes(unsigned, CONSTRUCTED_1) if unsigned else b""),
        )


def build_signed_attributes(
    request: SignatureRequest, message_digest: bytes, *, countersignature: bool
) -> Attributes:
    """Build what the signer says: CAdES-B, with claimed role and commitment.

    A countersignature has no content-type (RFC 5652 clause 11.4).
    """
    commitment = encode_object_identifier(commitment_of(request.role))
    attributes = {
        MESSAGE_DIGEST: (encode(OCTET_STRING, message_digest),),
        SIGNING_TIME: (build_time(request.signing_time),),
        SIGNING_CERTIFICATE_V2: (build_signing_certificate(request.certificate),),
        SIGNER_ATTRIBUTES_V2: (_build_role(request.role),),
        COMMITMENT_TYPE: (encode(SEQUENCE, commitment),),
    }
    if not countersignature:
        attributes[CONTENT_TYPE] = (encode_object_identifier(ID_DATA),)
    return attributes


def commitment_of(role: Role) -> str:
    """Name the commitment that goes with a role, as in the package signature."""
    return PROOF_OF_APPROVAL if role.countersigns else PROOF_OF_ORIGIN


def _build_role(role: Role) -> bytes:
    """SignerAttributeV2 with one claimed attribute: id-at-role, as text (EN 319 122-1 clause 5.2.6.1)."""
    value = build_set(SET, [encode(UTF8_STRING, role.value.encode())])
    attribute = encode(SEQUENCE, encode_object_identifier(ROLE) + value)
    return encode(SEQUENCE, encode(CONSTRUCTED_0, encode(SEQUENCE, attribute)))


def build_time(instant: datetime) -> bytes:
    """Build a Time: UTCTime through 2049, GeneralizedTime after (RFC 5652 clause 11.3)."""
    utc = instant.astimezone(UTC)
    if utc.year <= _LAST_UTC_YEAR:
        return encode(UTC_TIME, utc.strftime("%y%m%d%H%M%SZ").encode())
    return encode(GENERALIZED_TIME, utc.strftime("%Y%m%d%H%M%SZ").encode())


def build_attributes(attributes: Attributes, tag: int) -> bytes:
    """Build a set of attributes under the tag of its place."""
    return build_set(
        tag,
        (
            encode(SEQUENCE, encode_object_identifier(kind) + build_set(SET, values))
            for kind, values in attributes.items()
        ),
    )


def build_set(tag: int, elements: Iterable[bytes]) -> bytes:
    """Build a SET OF: ascending (X.690 clause 11.6), each element once."""
    return encode(tag, b"".join(sorted(set(elements))))


def build_signed_data(
    *,
    digest_algorithms: Iterable[bytes],
    certificates: Iterable[bytes],
    crls: Iterable[bytes],
    signer_infos: Iterable[bytes],
    version: int = 1,
) -> bytes:
    """Build a ContentInfo with detached SignedData over id-data; everything comes as DER."""
    content = encode(SEQUENCE, encode_object_identifier(ID_DATA))
    revocation = tuple(crls)
    signed_data = encode(
        SEQUENCE,
        encode_integer(version)
        + build_set(SET, digest_algorithms)
        + content
        + build_set(CONSTRUCTED_0, certificates)
        + (build_set(CONSTRUCTED_1, revocation) if revocation else b"")
        + build_set(SET, signer_infos),
    )
    return encode(SEQUENCE, encode_object_identifier(ID_SIGNED_DATA) + encode(CONSTRUCTED_0, signed_data))
