"""The names that a package signature is made of, each from its standard."""

from typing import Final

# XMLDSig 1.0 (W3C REC-xmldsig-core-20020212) and its algorithms (RFC 6931)
DS: Final = "http://www.w3.org/2000/09/xmldsig#"
C14N: Final = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
SHA256: Final = "http://www.w3.org/2001/04/xmlenc#sha256"
TYPE_OBJECT: Final = DS + "Object"
_MORE: Final = "http://www.w3.org/2001/04/xmldsig-more#"
SIGNATURE_METHODS: Final = {
    name: _MORE + name
    for name in (
        "ecdsa-sha256",
        "ecdsa-sha384",
        "ecdsa-sha512",
        "rsa-sha256",
        "rsa-sha384",
        "rsa-sha512",
    )
}
"""Our algorithm names to XMLDSig SignatureMethod identifiers."""

# XAdES 1.3.2 (ETSI TS 101 903; EN 319 132-1 keeps the namespace)
XD: Final = "http://uri.etsi.org/01903/v1.3.2#"
TYPE_SIGNED_PROPERTIES: Final = "http://uri.etsi.org/01903#SignedProperties"
PROOF_OF_ORIGIN: Final = "http://uri.etsi.org/01903/v1.2.2#ProofOfOrigin"
PROOF_OF_APPROVAL: Final = "http://uri.etsi.org/01903/v1.2.2#ProofOfApproval"

# OPC (ECMA-376 part 2) digital signatures, relationships and content types
MDSSI: Final = "http://schemas.openxmlformats.org/package/2006/digital-signature"
RELATIONSHIP_TRANSFORM: Final = "http://schemas.openxmlformats.org/package/2006/RelationshipTransform"
RELATIONSHIPS: Final = "http://schemas.openxmlformats.org/package/2006/relationships"
CONTENT_TYPES: Final = "http://schemas.openxmlformats.org/package/2006/content-types"
REL_ORIGIN: Final = RELATIONSHIPS + "/digital-signature/origin"
REL_SIGNATURE: Final = RELATIONSHIPS + "/digital-signature/signature"
TYPE_RELS: Final = "application/vnd.openxmlformats-package.relationships+xml"
TYPE_ORIGIN: Final = "application/vnd.openxmlformats-package.digital-signature-origin"
TYPE_SIGNATURE: Final = "application/vnd.openxmlformats-package.digital-signature-xmlsignature+xml"

# [MS-OFFCRYPTO] 2.5.2.5
OFFICE: Final = "http://schemas.microsoft.com/office/2006/digsig"

# The package's own items and the signature parts this profile knows
CONTENT_TYPES_ITEM: Final = "[Content_Types].xml"
ROOT_RELS: Final = "/_rels/.rels"
ORIGIN_PART: Final = "/_xmlsignatures/origin.sigs"
ORIGIN_RELS: Final = "/_xmlsignatures/_rels/origin.sigs.rels"
SIGNATURE_FOLDER: Final = "/_xmlsignatures/"

# The Ids of one signature; no other element carries one.
ID_SIGNATURE: Final = "idPackageSignature"
ID_PACKAGE_OBJECT: Final = "idPackageObject"
ID_OFFICE_OBJECT: Final = "idOfficeObject"
ID_SIGNED_PROPERTIES: Final = "idSignedProperties"
ID_SIGNATURE_TIME: Final = "idSignatureTime"
ID_OFFICE_DETAILS: Final = "idOfficeV1Details"

SIGNATURE_TIME_FORMAT: Final = "YYYY-MM-DDThh:mm:ssTZD"
