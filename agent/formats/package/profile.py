"""The positive profile: a signature part parsed into values, or refused.

The structure accepted is exactly the one `signature_xml` builds; see
docs/signature.md. Nothing here is judged: digests, signature value, certificate
and coverage come afterwards.

Source: XMLDSig 1.0 clause 4; ETSI TS 101 903 clause 7; ECMA-376 part 2 clause 10.5.
"""

from datetime import datetime

from lxml import etree

from agent.config.limits import DocumentLimits
from agent.dataclass import dataclass
from agent.errors import IkiError
from agent.formats.package.control_xml import parse_control_part
from agent.formats.package.findings import (
    ALGORITHM_NOT_ALLOWED,
    KEY_INFO_CERTIFICATE,
    SIGNATURE_NAMESPACE,
    SIGNATURE_STRUCTURE,
    SIGNING_TIME_DISAGREES,
)
from agent.formats.package.manifest import ds
from agent.formats.package.profile_objects import (
    ManifestReference,
    SignedProperties,
    parse_office_object,
    parse_package_object,
    parse_qualifying_properties,
)
from agent.formats.package.shape import (
    all_children,
    check_element,
    children,
    departure,
    octets_of,
    only_child,
)
from agent.formats.package.unsigned import timestamped_octets
from agent.formats.package.vocabulary import (
    C14N,
    DS,
    ID_OFFICE_OBJECT,
    ID_PACKAGE_OBJECT,
    ID_SIGNATURE,
    ID_SIGNED_PROPERTIES,
    MDSSI,
    OFFICE,
    SHA256,
    SIGNATURE_METHODS,
    TYPE_OBJECT,
    TYPE_SIGNED_PROPERTIES,
    XD,
)
from agent.formats.unsigned import UnsignedProperties
from agent.pki.certificate import SigningCertificate, load_certificate

_MAX_CERTIFICATES = 10
_ALGORITHMS = {uri: name for name, uri in SIGNATURE_METHODS.items()}
_NAMESPACES = frozenset({("", DS), ("", OFFICE), ("mdssi", MDSSI), ("xd", XD)})
"""Prefix and namespace of every declaration there may be."""
_SIGNED_OBJECTS = (
    (ID_PACKAGE_OBJECT, TYPE_OBJECT, False),
    (ID_OFFICE_OBJECT, TYPE_OBJECT, False),
    (ID_SIGNED_PROPERTIES, TYPE_SIGNED_PROPERTIES, True),
)
"""What SignedInfo refers to, in order: Id, Type, whether a C14N transform is named."""


@dataclass(frozen=True, slots=True)
class ParsedSignature:
    """A signature part in values; the elements are kept for canonicalisation."""

    signed_info: etree._Element
    algorithm_name: str
    """As `agent.pki.algorithms` names it."""
    object_digests: tuple[tuple[str, etree._Element, bytes], ...]
    """For each Reference of SignedInfo: Id, the element, the SHA-256 it claims."""
    signature_value: bytes
    certificates: tuple[SigningCertificate, ...]
    """KeyInfo's certificates; uncovered, so good for nothing but building a path."""
    references: tuple[ManifestReference, ...]
    comments: str
    properties: SignedProperties
    unsigned: UnsignedProperties
    timestamped: bytes
    """What a signature timestamp must be over; empty when there is none."""

    @property
    def claimed_time(self) -> datetime:
        """The signer's claim of when it signed."""
        return self.properties.signing_time


def parse_signature(data: bytes, *, where: str, limits: DocumentLimits) -> ParsedSignature:
    """Parse a signature part against the profile.

    Raises:
        DocumentError: of class `ProfileError` when the structure is not the profile's,
            otherwise what `parse_control_part` raises.

    """
    root = parse_control_part(data, where=where, limits=limits)
    _check_namespaces(root)
    check_element(root, ds("Signature"), {"Id": ID_SIGNATURE})
    tags = [ds(name) for name in ("SignedInfo", "SignatureValue", "KeyInfo", "Object", "Object", "Object")]
    attributes = [{}, {}, {}, {"Id": ID_PACKAGE_OBJECT}, {"Id": ID_OFFICE_OBJECT}, {}]
    signed_info, value, key_info, package_object, office_object, xades_object = children(
        root, tags, attributes
    )
    references, signature_time = parse_package_object(package_object)
    signed_properties, properties, unsigned = parse_qualifying_properties(xades_object)
    if signature_time != properties.signing_time_text:
        raise departure(SIGNING_TIME_DISAGREES, "SignatureTime and SigningTime are not the same")
    algorithm_name, digests = _parse_signed_info(signed_info)
    elements = (package_object, office_object, signed_properties)
    identifiers = (identifier for identifier, _, _ in _SIGNED_OBJECTS)
    return ParsedSignature(
        signed_info=signed_info,
        algorithm_name=algorithm_name,
        object_digests=tuple(zip(identifiers, elements, digests, strict=True)),
        signature_value=octets_of(value),
        certificates=_parse_key_info(key_info),
        references=references,
        comments=parse_office_object(office_object),
        properties=properties,
        unsigned=unsigned,
        timestamped=timestamped_octets(value) if unsigned.timestamp else b"",
    )


def _check_namespaces(root: etree._Element) -> None:
    """Check every declaration: one that nothing uses would be canonicalised into what is signed."""
    for _, declared in etree.iterwalk(root, events=("start-ns",)):
        if declared not in _NAMESPACES:
            raise departure(SIGNATURE_NAMESPACE, f"the namespace {declared} is declared")


def _parse_signed_info(signed_info: etree._Element) -> tuple[str, list[bytes]]:
    found = all_children(signed_info)
    if len(found) != 2 + len(_SIGNED_OBJECTS):
        raise departure(SIGNATURE_STRUCTURE, f"SignedInfo has {len(found)} elements")
    method, algorithm, *references = found
    check_element(method, ds("CanonicalizationMethod"), {"Algorithm": C14N})
    name = _ALGORITHMS.get(algorithm.get("Algorithm", ""))
    if name is None:
        raise departure(
            ALGORITHM_NOT_ALLOWED, f"the signature algorithm {algorithm.get('Algorithm')!r} is not allowed"
        )
    check_element(algorithm, ds("SignatureMethod"), {"Algorithm": SIGNATURE_METHODS[name]})
    for leaf in (method, algorithm):
        children(leaf, [])
    return name, [
        _parse_reference(reference, *expected)
        for reference, expected in zip(references, _SIGNED_OBJECTS, strict=True)
    ]


def _parse_reference(
    reference: etree._Element, identifier: str, reference_type: str, transformed: bool
) -> bytes:
    check_element(reference, ds("Reference"), {"Type": reference_type, "URI": f"#{identifier}"})
    tags = [ds("DigestMethod"), ds("DigestValue")]
    attributes = [{"Algorithm": SHA256}, {}]
    if transformed:
        found = children(reference, [ds("Transforms"), *tags], [{}, *attributes])
        children(only_child(found[0], ds("Transform"), {"Algorithm": C14N}), [])
    else:
        found = children(reference, tags, attributes)
    children(found[-2], [])
    return octets_of(found[-1], length=32)


def _parse_key_info(key_info: etree._Element) -> tuple[SigningCertificate, ...]:
    elements = all_children(only_child(key_info, ds("X509Data")))
    if not 1 <= len(elements) <= _MAX_CERTIFICATES:
        raise departure(KEY_INFO_CERTIFICATE, f"KeyInfo has {len(elements)} certificates")
    certificates = []
    for element in elements:
        check_element(element, ds("X509Certificate"), {})
        octets = octets_of(element)
        try:
            certificates.append(load_certificate(octets, where="KeyInfo"))
        except IkiError as error:
            raise departure(KEY_INFO_CERTIFICATE, error.message) from error
    if len(set(certificates)) != len(certificates):
        raise departure(KEY_INFO_CERTIFICATE, "KeyInfo holds a certificate twice")
    return tuple(certificates)
