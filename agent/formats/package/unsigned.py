"""Unsigned properties: what is added to a signature after it was made, and parsed against an allow-list.

A timestamp over the SignatureValue, certificates, and CRLs; each kind once, in this order. Nothing else may
stand there, because no signature covers it, unless a countersignature takes in the whole part.

Source: ETSI EN 319 132-1 clauses 5.3, 5.4.1 and 5.4.2, in the namespace of TS 101 903 (XAdES 1.3.2).
"""

from base64 import b64encode
from collections.abc import Iterable
from dataclasses import replace

from lxml import etree

from agent.errors import DocumentError, IkiError
from agent.formats.package.control_xml import canonicalize
from agent.formats.package.findings import (
    EMBEDDED_CRL_TOO_LARGE,
    SIGNATURE_STRUCTURE,
    UNSIGNED_PROPERTY_MALFORMED,
)
from agent.formats.package.manifest import add_text, ds
from agent.formats.package.shape import (
    all_children,
    check_element,
    children,
    departure,
    octets_of,
    only_child,
)
from agent.formats.package.vocabulary import C14N, XD
from agent.formats.unsigned import NO_UNSIGNED_PROPERTIES, UnsignedProperties
from agent.pki.certificate import load_certificate
from agent.pki.crl import CertificateList, load_crl

_XD = f"{{{XD}}}"
_MAX_CERTIFICATES = 20
"""Two paths, the signer's and the TSA's, as long as they may be (agent.pki.path)."""
_MAX_CRLS = 40
"""For each certificate of both a complete list and a delta, and some to spare."""
_MAX_CRL_OCTETS = 6 * 1024 * 1024
"""libxml2 reads no more than 10 million characters of one text; base64 makes four of three octets."""


def timestamped_octets(signature_value: etree._Element) -> bytes:
    """Build what a signature timestamp is over: the canonical SignatureValue element (clause 5.3)."""
    return canonicalize(signature_value)


def parse_unsigned_properties(element: etree._Element) -> UnsignedProperties:
    """Parse an UnsignedProperties element.

    Raises:
        ProfileError: `signature-structure`; `unsigned-property-malformed` for a value that cannot be read.

    """
    holder = only_child(element, f"{_XD}UnsignedSignatureProperties")
    found = all_children(holder)
    parsers = {
        f"{_XD}SignatureTimeStamp": _parse_timestamp,
        f"{_XD}CertificateValues": _parse_certificates,
        f"{_XD}RevocationValues": _parse_crls,
    }
    expected = [tag for tag in parsers if any(child.tag == tag for child in found)]
    properties = NO_UNSIGNED_PROPERTIES
    if not found:
        raise departure(SIGNATURE_STRUCTURE, "UnsignedSignatureProperties is empty")
    for child in children(holder, expected):
        properties = parsers[str(child.tag)](child, properties)
    return properties


def _parse_timestamp(element: etree._Element, properties: UnsignedProperties) -> UnsignedProperties:
    method, token = children(
        element, [ds("CanonicalizationMethod"), f"{_XD}EncapsulatedTimeStamp"], [{"Algorithm": C14N}, {}]
    )
    children(method, [])
    return replace(properties, timestamp=octets_of(token))


def _parse_certificates(element: etree._Element, properties: UnsignedProperties) -> UnsignedProperties:
    values = _values(element, "EncapsulatedX509Certificate", _MAX_CERTIFICATES)
    try:
        found = tuple(load_certificate(value, where="CertificateValues") for value in values)
    except IkiError as error:
        raise _malformed(error) from error
    return replace(properties, certificates=found)


def _parse_crls(element: etree._Element, properties: UnsignedProperties) -> UnsignedProperties:
    values = _values(only_child(element, f"{_XD}CRLValues"), "EncapsulatedCRLValue", _MAX_CRLS)
    try:
        found = tuple(load_crl(value, where="RevocationValues") for value in values)
    except IkiError as error:
        raise _malformed(error) from error
    return replace(properties, crls=found)


def _values(element: etree._Element, name: str, most: int) -> list[bytes]:
    """Read the values of a list: DER (PEM would have no one encoding), none twice."""
    found = all_children(element)
    if not 1 <= len(found) <= most:
        raise departure(SIGNATURE_STRUCTURE, f"there are {len(found)} of {name}, where 1 to {most} may be")
    values = []
    for child in found:
        check_element(child, f"{_XD}{name}", {})
        values.append(octets_of(child))
    if len(set(values)) != len(values) or any(value[:1] != b"\x30" for value in values):
        raise departure(SIGNATURE_STRUCTURE, f"a {name} is there twice, or is no DER")
    return values


def _malformed(error: IkiError) -> DocumentError:
    return departure(UNSIGNED_PROPERTY_MALFORMED, error.message)


def add_unsigned_properties(qualifying: etree._Element, properties: UnsignedProperties) -> None:
    """Put the properties into a QualifyingProperties element, in the place of those that are there.

    Raises:
        DocumentError: `embedded-crl-too-large`.

    """
    for present in list(qualifying)[1:]:
        qualifying.remove(present)
    if properties == NO_UNSIGNED_PROPERTIES:
        return
    unsigned = etree.SubElement(qualifying, f"{_XD}UnsignedProperties")
    holder = etree.SubElement(unsigned, f"{_XD}UnsignedSignatureProperties")
    if properties.timestamp:
        timestamp = etree.SubElement(holder, f"{_XD}SignatureTimeStamp")
        add_text(timestamp, ds("CanonicalizationMethod"), Algorithm=C14N)
        _add_octets(timestamp, "EncapsulatedTimeStamp", [properties.timestamp])
    if properties.certificates:
        values = etree.SubElement(holder, f"{_XD}CertificateValues")
        _add_octets(values, "EncapsulatedX509Certificate", [item.der for item in properties.certificates])
    if properties.crls:
        _check_sizes(properties.crls)
        revocation = etree.SubElement(holder, f"{_XD}RevocationValues")
        values = etree.SubElement(revocation, f"{_XD}CRLValues")
        _add_octets(values, "EncapsulatedCRLValue", [item.der for item in properties.crls])


def _add_octets(parent: etree._Element, name: str, values: Iterable[bytes]) -> None:
    for value in values:
        add_text(parent, f"{_XD}{name}", b64encode(value).decode("ascii"))


def _check_sizes(crls: Iterable[CertificateList]) -> None:
    for crl in crls:
        if len(crl.der) > _MAX_CRL_OCTETS:
            raise EMBEDDED_CRL_TOO_LARGE.error(
                f"the CRL of {crl.issuer} has {len(crl.der)} octets: too many to embed ({_MAX_CRL_OCTETS})",
                hint="leave --embed-revocation out, and keep the list with `iki evidence`",
            )
