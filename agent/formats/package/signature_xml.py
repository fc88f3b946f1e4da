"""The signature part, built in the one shape that the profile accepts.

Source: XMLDSig 1.0; ETSI TS 101 903 (XAdES 1.3.2) clause 7; [MS-OFFCRYPTO] 2.5.2;
ECMA-376 part 2, clause 10.5.
"""

import hashlib
from base64 import b64encode

from lxml import etree

from agent.formats.package.control_xml import canonicalize, default_namespace
from agent.formats.package.coverage import Coverage
from agent.formats.package.manifest import add_manifest, add_reference, add_text, c14n_transform, ds
from agent.formats.package.package import Package
from agent.formats.package.vocabulary import (
    C14N,
    DS,
    ID_OFFICE_DETAILS,
    ID_OFFICE_OBJECT,
    ID_PACKAGE_OBJECT,
    ID_SIGNATURE,
    ID_SIGNATURE_TIME,
    ID_SIGNED_PROPERTIES,
    MDSSI,
    OFFICE,
    PROOF_OF_APPROVAL,
    PROOF_OF_ORIGIN,
    SHA256,
    SIGNATURE_METHODS,
    SIGNATURE_TIME_FORMAT,
    TYPE_OBJECT,
    TYPE_SIGNED_PROPERTIES,
    XD,
)
from agent.formats.request import SignatureRequest
from agent.instants import format_instant

# [MS-OFFCRYPTO] 2.5.2.5, in Office's order; the values an invisible signature of Excel carries.
_OFFICE_DETAILS = (
    ("WindowsVersion", "10.0"),
    ("OfficeVersion", "16.0"),
    ("ApplicationVersion", "16.0"),
    ("Monitors", "1"),
    ("HorizontalResolution", "1920"),
    ("VerticalResolution", "1080"),
    ("ColorDepth", "32"),
    ("SignatureProviderId", "{00000000-0000-0000-0000-000000000000}"),
    ("SignatureProviderUrl", ""),
    ("SignatureProviderDetails", "9"),
    ("SignatureType", "1"),
)


def build_signature(package: Package, coverage: Coverage, request: SignatureRequest) -> etree._Element:
    """Build the Signature element, all but its SignatureValue, over `coverage`.

    Raises:
        DocumentError: `zip-data` when a covered part is damaged.

    """
    root = etree.Element(ds("Signature"), {"Id": ID_SIGNATURE}, nsmap=default_namespace(DS))
    signed_info = etree.SubElement(root, ds("SignedInfo"))
    etree.SubElement(root, ds("SignatureValue"))
    _add_key_info(root, request)
    package_object = _add_package_object(root, package, coverage, request)
    office_object = _add_office_object(root, request)
    signed_properties = _add_signed_properties(root, request)
    add_text(signed_info, ds("CanonicalizationMethod"), Algorithm=C14N)
    method = SIGNATURE_METHODS[request.certificate.algorithm.name]
    add_text(signed_info, ds("SignatureMethod"), Algorithm=method)
    for element, identifier in ((package_object, ID_PACKAGE_OBJECT), (office_object, ID_OFFICE_OBJECT)):
        add_reference(signed_info, f"#{identifier}", digest_element(element), reference_type=TYPE_OBJECT)
    add_reference(
        signed_info,
        f"#{ID_SIGNED_PROPERTIES}",
        digest_element(signed_properties),
        transforms=(c14n_transform(),),
        reference_type=TYPE_SIGNED_PROPERTIES,
    )
    return root


def digest_element(element: etree._Element) -> bytes:
    """Compute the SHA-256 of an element's canonical form."""
    return hashlib.sha256(canonicalize(element)).digest()


def _add_key_info(root: etree._Element, request: SignatureRequest) -> None:
    """End entity first, then its issuers: without them LibreOffice calls the certificate invalid."""
    data = etree.SubElement(etree.SubElement(root, ds("KeyInfo")), ds("X509Data"))
    for certificate in (request.certificate, *request.issuers):
        add_text(data, ds("X509Certificate"), b64encode(certificate.der).decode("ascii"))


def _add_package_object(
    root: etree._Element, package: Package, coverage: Coverage, request: SignatureRequest
) -> etree._Element:
    package_object = etree.SubElement(root, ds("Object"), {"Id": ID_PACKAGE_OBJECT})
    add_manifest(package_object, package, coverage)
    signature_property = _add_property(package_object, ID_SIGNATURE_TIME)
    mdssi = f"{{{MDSSI}}}"
    time = etree.SubElement(signature_property, f"{mdssi}SignatureTime", nsmap={"mdssi": MDSSI})
    add_text(time, f"{mdssi}Format", SIGNATURE_TIME_FORMAT)
    add_text(time, f"{mdssi}Value", format_instant(request.signing_time))
    return package_object


def _add_office_object(root: etree._Element, request: SignatureRequest) -> etree._Element:
    office_object = etree.SubElement(root, ds("Object"), {"Id": ID_OFFICE_OBJECT})
    office = f"{{{OFFICE}}}"
    details = etree.SubElement(
        _add_property(office_object, ID_OFFICE_DETAILS),
        f"{office}SignatureInfoV1",
        nsmap=default_namespace(OFFICE),
    )
    for name in ("SetupID", "SignatureText", "SignatureImage"):
        add_text(details, office + name)
    add_text(details, f"{office}SignatureComments", request.comments)
    for name, value in _OFFICE_DETAILS:
        add_text(details, office + name, value)
    return office_object


def _add_property(parent: etree._Element, identifier: str) -> etree._Element:
    properties = etree.SubElement(parent, ds("SignatureProperties"))
    return etree.SubElement(
        properties, ds("SignatureProperty"), {"Id": identifier, "Target": f"#{ID_SIGNATURE}"}
    )


def _add_signed_properties(root: etree._Element, request: SignatureRequest) -> etree._Element:
    xd = f"{{{XD}}}"
    qualifying = etree.SubElement(
        etree.SubElement(root, ds("Object")),
        f"{xd}QualifyingProperties",
        {"Target": f"#{ID_SIGNATURE}"},
        nsmap={"xd": XD},
    )
    signed = etree.SubElement(qualifying, f"{xd}SignedProperties", {"Id": ID_SIGNED_PROPERTIES})
    about_signature = etree.SubElement(signed, f"{xd}SignedSignatureProperties")
    add_text(about_signature, f"{xd}SigningTime", format_instant(request.signing_time))
    _add_signing_certificate(about_signature, request)
    policy = etree.SubElement(about_signature, f"{xd}SignaturePolicyIdentifier")
    etree.SubElement(policy, f"{xd}SignaturePolicyImplied")
    roles = etree.SubElement(etree.SubElement(about_signature, f"{xd}SignerRole"), f"{xd}ClaimedRoles")
    add_text(roles, f"{xd}ClaimedRole", request.role.value)
    commitment = etree.SubElement(
        etree.SubElement(signed, f"{xd}SignedDataObjectProperties"), f"{xd}CommitmentTypeIndication"
    )
    identifier = etree.SubElement(commitment, f"{xd}CommitmentTypeId")
    add_text(identifier, f"{xd}Identifier", commitment_of(countersigns=request.role.countersigns))
    etree.SubElement(commitment, f"{xd}AllSignedDataObjects")
    return signed


def commitment_of(*, countersigns: bool) -> str:
    """Name the XAdES commitment of a first signature or a countersignature."""
    return PROOF_OF_APPROVAL if countersigns else PROOF_OF_ORIGIN


def _add_signing_certificate(parent: etree._Element, request: SignatureRequest) -> None:
    xd = f"{{{XD}}}"
    cert = etree.SubElement(etree.SubElement(parent, f"{xd}SigningCertificate"), f"{xd}Cert")
    digest = etree.SubElement(cert, f"{xd}CertDigest")
    add_text(digest, ds("DigestMethod"), Algorithm=SHA256)
    add_text(digest, ds("DigestValue"), b64encode(request.certificate.sha256).decode("ascii"))
    issuer_serial = etree.SubElement(cert, f"{xd}IssuerSerial")
    add_text(issuer_serial, ds("X509IssuerName"), request.certificate.issuer)
    add_text(issuer_serial, ds("X509SerialNumber"), str(request.certificate.serial))
