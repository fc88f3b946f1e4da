"""Signed attributes of a CAdES-B signature and of a countersignature: exactly these, each with one value.

Source: RFC 5652 clauses 5.3 and 11; RFC 5035; RFC 6211; ETSI EN 319 122-1 clauses 5.2 and 6.3.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from agent.dataclass import dataclass
from agent.formats.cms.algorithms import read_algorithm
from agent.formats.cms.ess import SigningCertificateDigest, parse_signing_certificate
from agent.formats.cms.findings import (
    CMS_ALGORITHM_DISAGREEMENT,
    CMS_ATTRIBUTE_DUPLICATE,
    CMS_ATTRIBUTE_MISSING,
    CMS_ATTRIBUTE_UNKNOWN,
)
from agent.formats.cms.signed_data import Signer
from agent.formats.cms.strict_der import (
    CMSDocumentError,
    Fields,
    list_elements,
    list_set,
    read_object_identifier,
    read_octets,
    read_text,
    read_time,
    refusing,
    structure_error,
)
from agent.formats.cms.vocabulary import (
    ALGORITHM_PROTECTION,
    COMMITMENT_TYPE,
    CONSTRUCTED_0,
    CONSTRUCTED_1,
    CONTENT_TYPE,
    MESSAGE_DIGEST,
    ROLE,
    SIGNER_ATTRIBUTES_V2,
    SIGNING_CERTIFICATE_V2,
    SIGNING_TIME,
    SMIME_CAPABILITIES,
)
from agent.pki.der import OBJECT_IDENTIFIER, SEQUENCE, SET, Element


@dataclass(frozen=True, slots=True)
class AttributeProfile:
    """Which signed attributes must be there, and which may."""

    required: frozenset[str]
    optional: frozenset[str]


_BOTH: Final = frozenset({MESSAGE_DIGEST, SIGNING_TIME, SIGNING_CERTIFICATE_V2})
_OPTIONAL: Final = frozenset(
    {SIGNER_ATTRIBUTES_V2, COMMITMENT_TYPE, ALGORITHM_PROTECTION, SMIME_CAPABILITIES}
)
SIGNATURE: Final = AttributeProfile(_BOTH | {CONTENT_TYPE}, _OPTIONAL)
"""CAdES-B; a role and a commitment may be missing, as `openssl cms -cades` leaves them out."""
COUNTERSIGNATURE_PROFILE: Final = AttributeProfile(_BOTH, _OPTIONAL)
"""RFC 5652 clause 11.4: a countersignature has no content-type."""


@dataclass(frozen=True, slots=True)
class SignedAttributes:
    """What a signer says under the signature."""

    content_type: str = ""
    """Dotted decimal; empty in a countersignature."""
    message_digest: bytes = b""
    signing_time: datetime | None = None
    signing_certificate: SigningCertificateDigest | None = None
    claimed_role: str = ""
    commitment: str = ""
    """Dotted decimal; empty when none is made."""


def parse_signed_attributes(signer: Signer, profile: AttributeProfile) -> SignedAttributes:
    """Parse the signed attributes of a signerInfo.

    Raises:
        DocumentError: `cms-attribute-unknown`, `cms-attribute-missing`, `cms-algorithm-disagreement`,
            `cms-structure`, `cms-not-der`, or `cms-digest-algorithm`.

    """
    present = frozenset(signer.signed)
    for kind in sorted(present - profile.required - profile.optional):
        raise CMSDocumentError(CMS_ATTRIBUTE_UNKNOWN, f"the signed attribute {kind} may not stand here")
    for kind in sorted(profile.required - present):
        raise CMSDocumentError(CMS_ATTRIBUTE_MISSING, f"the signed attribute {kind} is missing")
    with refusing("a signed attribute"):
        found: dict[str, Any] = {}
        for kind, values in signer.signed.items():
            if len(values) != 1:
                raise CMSDocumentError(
                    CMS_ATTRIBUTE_DUPLICATE, f"the attribute {kind} has {len(values)} values"
                )
            _check_value(kind, values[0], signer)
            if kind in _READERS:
                name, read = _READERS[kind]
                found[name] = read(values[0])
        return SignedAttributes(**found)


def _check_value(kind: str, value: Element, signer: Signer) -> None:
    if kind == ALGORITHM_PROTECTION:
        _check_protection(value, signer)
    elif kind == SMIME_CAPABILITIES:
        for capability in list_elements(value, "smimeCapabilities", limit=64):
            read_algorithm(capability, "smimeCapabilities")


def _check_protection(value: Element, signer: Signer) -> None:
    """CMSAlgorithmProtection must name the very algorithms of the signerInfo (RFC 6211 clause 3)."""
    fields = Fields(value, "CMSAlgorithmProtection", limit=2)
    digest = read_algorithm(fields.take(SEQUENCE, "digestAlgorithm"), "CMSAlgorithmProtection")
    signature = read_algorithm(
        fields.take(CONSTRUCTED_1, "signatureAlgorithm"), "CMSAlgorithmProtection", tag=CONSTRUCTED_1
    )
    named = (digest.encoded, signature.encoded)
    if named != (signer.digest_algorithm.encoded, signer.signature_algorithm.encoded):
        raise CMSDocumentError(
            CMS_ALGORITHM_DISAGREEMENT, "CMSAlgorithmProtection names other algorithms than the signerInfo"
        )


def _read_content_type(value: Element) -> str:
    return read_object_identifier(value, "content-type")


def _read_message_digest(value: Element) -> bytes:
    return read_octets(value, "message-digest")


def _read_signing_time(value: Element) -> datetime:
    return read_time(value, "signing-time")


def _read_role(value: Element) -> str:
    """Read SignerAttributeV2 with one claimed role and nothing else (EN 319 122-1 clause 5.2.6.1)."""
    what = "signer-attributes-v2"
    fields = Fields(value, what, limit=3)
    claimed = Fields(fields.take(CONSTRUCTED_0, "claimedAttributes"), what, limit=1, tag=CONSTRUCTED_0)
    attributes = list_elements(claimed.take(SEQUENCE, "claimedAttributes"), what, limit=16)
    fields.end()
    if len(attributes) != 1:
        raise structure_error(f"{what} claims {len(attributes)} attributes, and must claim one role")
    attribute = Fields(attributes[0], what, limit=2)
    if read_object_identifier(attribute.take(OBJECT_IDENTIFIER, "type"), what) != ROLE:
        raise structure_error(f"{what} claims something that is no role")
    values = list_set(attribute.take(SET, "values"), what, limit=16)
    if len(values) != 1:
        raise structure_error(f"{what} claims {len(values)} roles, and must claim one")
    role = read_text(values[0], "the claimed role")
    if not role:
        raise structure_error(f"{what} claims an empty role")
    return role


def _read_commitment(value: Element) -> str:
    """Read CommitmentTypeIndication without qualifiers (EN 319 122-1 clause 5.2.3)."""
    fields = Fields(value, "commitment-type-indication", limit=1)
    return read_object_identifier(fields.take(OBJECT_IDENTIFIER, "commitment"), "commitment-type-indication")


_READERS: Final[Mapping[str, tuple[str, Callable[[Element], object]]]] = {
    CONTENT_TYPE: ("content_type", _read_content_type),
    MESSAGE_DIGEST: ("message_digest", _read_message_digest),
    SIGNING_TIME: ("signing_time", _read_signing_time),
    SIGNING_CERTIFICATE_V2: ("signing_certificate", parse_signing_certificate),
    SIGNER_ATTRIBUTES_V2: ("claimed_role", _read_role),
    COMMITMENT_TYPE: ("commitment", _read_commitment),
}
