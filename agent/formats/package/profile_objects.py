"""The three Objects of a signature, parsed against the profile.

Source: ECMA-376 part 2, clause 10.5; [MS-OFFCRYPTO] 2.5.2.5; ETSI TS 101 903 clause 7.2.
"""

from collections.abc import Mapping
from datetime import datetime

from lxml import etree

from agent.dataclass import dataclass
from agent.errors import UsageError
from agent.formats.package.findings import (
    REFERENCE_TRANSFORM,
    REFERENCE_URI,
    SIGNATURE_STRUCTURE,
)
from agent.formats.package.manifest import ds
from agent.formats.package.shape import (
    all_children,
    check_children,
    check_element,
    check_empty,
    children,
    departure,
    octets_of,
    only_child,
    text_of,
)
from agent.formats.package.unsigned import parse_unsigned_properties
from agent.formats.package.vocabulary import (
    C14N,
    ID_OFFICE_DETAILS,
    ID_SIGNATURE,
    ID_SIGNATURE_TIME,
    ID_SIGNED_PROPERTIES,
    MDSSI,
    OFFICE,
    RELATIONSHIP_TRANSFORM,
    SHA256,
    SIGNATURE_TIME_FORMAT,
    XD,
)
from agent.formats.unsigned import NO_UNSIGNED_PROPERTIES, UnsignedProperties
from agent.instants import format_instant, parse_instant

_XD = f"{{{XD}}}"
_OFFICE = f"{{{OFFICE}}}"
_MDSSI = f"{{{MDSSI}}}"
_REFERENCE, _TRANSFORMS, _TRANSFORM = ds("Reference"), ds("Transforms"), ds("Transform")
_RELATIONSHIP_REFERENCE = f"{_MDSSI}RelationshipReference"
_DIGEST = (ds("DigestMethod"), ds("DigestValue"))
_DIGEST_ATTRIBUTES: tuple[Mapping[str, str], ...] = ({"Algorithm": SHA256}, {})
_MAX_SERIAL_DIGITS = 50
"""RFC 5280 allows 20 octets, which is 49 decimal digits."""
_MAX_URI = 2048
"""Characters of a part's name and content type: they end in reports."""
_OFFICE_ELEMENTS = (
    "SetupID",
    "SignatureText",
    "SignatureImage",
    "SignatureComments",
    "WindowsVersion",
    "OfficeVersion",
    "ApplicationVersion",
    "Monitors",
    "HorizontalResolution",
    "VerticalResolution",
    "ColorDepth",
    "SignatureProviderId",
    "SignatureProviderUrl",
    "SignatureProviderDetails",
    "SignatureType",
)


@dataclass(frozen=True, slots=True)
class ManifestReference:
    """A Reference of the Manifest; `relationship_ids` is empty for a part taken as raw octets."""

    part: str
    content_type: str
    relationship_ids: tuple[str, ...]
    digest: bytes


@dataclass(frozen=True, slots=True)
class SignedProperties:
    """The XAdES signed properties of the profile."""

    signing_time: datetime
    signing_time_text: str
    certificate_sha256: bytes
    issuer_name: str
    serial: int
    claimed_role: str
    commitment: str


def parse_package_object(element: etree._Element) -> tuple[tuple[ManifestReference, ...], str]:
    """Parse idPackageObject: the Manifest's References, and the SignatureTime as written.

    Raises:
        ProfileError: `signature-structure`, `reference-transform`, `reference-uri`.

    """
    manifest, properties = children(element, [ds("Manifest"), ds("SignatureProperties")])
    references = tuple(_parse_reference(child) for child in all_children(manifest))
    if not references:
        raise departure(SIGNATURE_STRUCTURE, "the Manifest is empty")
    if len({reference.part for reference in references}) != len(references):
        raise departure(REFERENCE_URI, "the Manifest lists one part twice")
    time = only_child(_only_property(properties, ID_SIGNATURE_TIME), f"{_MDSSI}SignatureTime")
    form, value = children(time, [f"{_MDSSI}Format", f"{_MDSSI}Value"])
    if text_of(form) != SIGNATURE_TIME_FORMAT:
        raise departure(SIGNATURE_STRUCTURE, f"the SignatureTime has the format {text_of(form)!r}")
    return references, text_of(value)


def _parse_reference(element: etree._Element) -> ManifestReference:
    uri = element.get("URI", "")
    check_element(element, _REFERENCE, {"URI": uri})
    part, separator, content_type = uri.partition("?ContentType=")
    if not separator or not part.startswith("/") or not content_type or len(uri) > _MAX_URI:
        raise departure(REFERENCE_URI, f"a Reference of the Manifest is not to a part: {uri[:80]!r}")
    ids: tuple[str, ...] = ()
    found = all_children(element)
    if found and found[0].tag == _TRANSFORMS:
        check_children(element, found, (_TRANSFORMS, *_DIGEST), ({}, *_DIGEST_ATTRIBUTES))
        ids = _parse_transforms(found[0])
    else:
        check_children(element, found, _DIGEST, _DIGEST_ATTRIBUTES)
    check_empty(found[-2])
    return ManifestReference(part, content_type, ids, octets_of(found[-1], length=32))


def _parse_transforms(element: etree._Element) -> tuple[str, ...]:
    """The relationship transform, followed at once by C14N, is the only chain of the profile."""
    found = all_children(element)
    algorithms = [child.get("Algorithm") for child in found]
    if algorithms != [RELATIONSHIP_TRANSFORM, C14N]:
        raise departure(REFERENCE_TRANSFORM, f"a Reference of the Manifest is transformed by {algorithms}")
    for child, algorithm in zip(found, (RELATIONSHIP_TRANSFORM, C14N), strict=True):
        check_element(child, _TRANSFORM, {"Algorithm": algorithm})
    check_empty(found[1])
    ids = []
    for child in all_children(found[0]):
        identifier = child.get("SourceId", "")
        check_element(child, _RELATIONSHIP_REFERENCE, {"SourceId": identifier})
        check_empty(child)
        ids.append(identifier)
    if not ids or len(set(ids)) != len(ids):
        raise departure(REFERENCE_TRANSFORM, "a relationship transform names no relationship, or one twice")
    return tuple(ids)


def _only_property(properties: etree._Element, identifier: str) -> etree._Element:
    attributes = {"Id": identifier, "Target": f"#{ID_SIGNATURE}"}
    return only_child(properties, ds("SignatureProperty"), attributes)


def parse_office_object(element: etree._Element) -> str:
    """Parse idOfficeObject; returns the SignatureComments.

    Raises:
        ProfileError: `signature-structure`.

    """
    properties = only_child(element, ds("SignatureProperties"))
    details = only_child(_only_property(properties, ID_OFFICE_DETAILS), f"{_OFFICE}SignatureInfoV1")
    texts = [text_of(child) for child in children(details, [_OFFICE + name for name in _OFFICE_ELEMENTS])]
    return texts[_OFFICE_ELEMENTS.index("SignatureComments")]


def parse_qualifying_properties(
    element: etree._Element,
) -> tuple[etree._Element, SignedProperties, UnsignedProperties]:
    """Parse the Object with the QualifyingProperties; returns the SignedProperties element too.

    Raises:
        ProfileError: `signature-structure`, `unsigned-property-malformed`.

    """
    qualifying = only_child(element, f"{_XD}QualifyingProperties", {"Target": f"#{ID_SIGNATURE}"})
    tags, unsigned = [f"{_XD}SignedProperties"], NO_UNSIGNED_PROPERTIES
    if len(all_children(qualifying)) > len(tags):
        tags.append(f"{_XD}UnsignedProperties")
    found = children(qualifying, tags, [{"Id": ID_SIGNED_PROPERTIES}, {}])
    if len(found) == len(("signed", "unsigned")):
        unsigned = parse_unsigned_properties(found[1])
    return found[0], _parse_signed_properties(found[0]), unsigned


def _parse_signed_properties(signed: etree._Element) -> SignedProperties:
    about_signature, about_data = children(
        signed, [f"{_XD}SignedSignatureProperties", f"{_XD}SignedDataObjectProperties"]
    )
    names = ("SigningTime", "SigningCertificate", "SignaturePolicyIdentifier", "SignerRole")
    time, certificate, policy, role = children(about_signature, [_XD + name for name in names])
    children(only_child(policy, f"{_XD}SignaturePolicyImplied"), [])
    claimed = only_child(only_child(role, f"{_XD}ClaimedRoles"), f"{_XD}ClaimedRole")
    sha256, issuer_name, serial = _parse_signing_certificate(certificate)
    return SignedProperties(
        signing_time=_parse_time(text_of(time)),
        signing_time_text=text_of(time),
        certificate_sha256=sha256,
        issuer_name=issuer_name,
        serial=serial,
        claimed_role=text_of(claimed),
        commitment=_parse_commitment(about_data),
    )


def _parse_time(text: str) -> datetime:
    try:
        instant = parse_instant(text)
    except UsageError as error:
        raise departure(SIGNATURE_STRUCTURE, f"the SigningTime is not a time: {text!r}") from error
    if format_instant(instant) != text:
        raise departure(SIGNATURE_STRUCTURE, f"the SigningTime is not in whole seconds UTC: {text!r}")
    return instant


def _parse_signing_certificate(element: etree._Element) -> tuple[bytes, str, int]:
    digest, issuer_serial = children(
        only_child(element, f"{_XD}Cert"), [f"{_XD}CertDigest", f"{_XD}IssuerSerial"]
    )
    method, value = children(digest, [ds("DigestMethod"), ds("DigestValue")], [{"Algorithm": SHA256}, {}])
    children(method, [])
    issuer, serial = children(issuer_serial, [ds("X509IssuerName"), ds("X509SerialNumber")])
    number = text_of(serial)
    if not (number.isascii() and number.isdigit() and len(number) <= _MAX_SERIAL_DIGITS):
        raise departure(SIGNATURE_STRUCTURE, f"the X509SerialNumber is not a number: {number[:60]!r}")
    return octets_of(value, length=32), text_of(issuer), int(number)


def _parse_commitment(element: etree._Element) -> str:
    commitment = only_child(element, f"{_XD}CommitmentTypeIndication")
    identifier, all_objects = children(commitment, [f"{_XD}CommitmentTypeId", f"{_XD}AllSignedDataObjects"])
    children(all_objects, [])
    return text_of(only_child(identifier, f"{_XD}Identifier"))
