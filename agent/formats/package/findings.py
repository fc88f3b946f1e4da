"""Every finding of the package container, declared once: code, what it means, the clause it rests on.

A check raises or reports the object declared here, so that no code is spelled twice; docs/findings.md
is built from it.
"""

from agent.verdicts import DeclaredFinding as Finding
from agent.verdicts import SubIndication

_ZIP = "APPNOTE 6.3.9"
_OPC = "ECMA-376-2"
_PROFILE = "docs/signature.md, profile"
_LIMITS = "docs/signature.md, container ([limits])"
_HASH = SubIndication.HASH_FAILURE
_CRYPTO = SubIndication.SIG_CRYPTO_FAILURE

# The zip
PACKAGE_EMPTY = Finding("package-empty", "The file has no octets.", f"{_OPC} 7")
PACKAGE_NOT_ZIP = Finding("package-not-zip", "The file does not start as a zip does.", f"{_ZIP} 4.3.6")
ZIP_PREFIX = Finding("zip-prefix", "Octets stand before the first entry.", f"{_ZIP} 4.3.6")
ZIP_SUFFIX = Finding(
    "zip-suffix", "The end record is not the last thing in the file, or has a comment.", f"{_ZIP} 4.3.16"
)
ZIP_GAP = Finding("zip-gap", "Octets stand between entries, records or directory.", f"{_ZIP} 4.3.6")
ZIP_OVERLAP = Finding("zip-overlap", "An entry runs into the next one.", f"{_ZIP} 4.3.6")
ZIP_DIRECTORY = Finding(
    "zip-directory",
    "The central directory is malformed, or the zip is one of several volumes.",
    f"{_ZIP} 4.3.12",
)
ZIP_COMMENT = Finding("zip-comment", "An entry carries a comment.", f"{_ZIP} 4.4.12")
ZIP_ENCRYPTED = Finding("zip-encrypted", "An entry is encrypted.", f"{_OPC} annex B.4")
ZIP_FLAGS = Finding(
    "zip-flags",
    "An entry uses patches, strong encryption or another feature of zip that is not allowed.",
    f"{_ZIP} 4.4.4",
)
ZIP_VERSION = Finding("zip-version", "An entry asks for a version of zip above 4.5.", f"{_ZIP} 4.4.3")
ZIP_METHOD = Finding("zip-method", "An entry is neither stored nor deflated.", f"{_OPC} annex B.4")
ZIP_FILE_TYPE = Finding(
    "zip-file-type", "An entry is marked as a link, folder, volume or device, not a file.", f"{_ZIP} 4.4.15"
)
ZIP_NAME = Finding("zip-name", "An entry's name is empty, or not text in its own encoding.", f"{_ZIP} 4.4.17")
ZIP_EXTRA = Finding(
    "zip-extra",
    "An extra field is malformed, stands twice, or could rename or re-encode the entry.",
    f"{_ZIP} 4.5",
)
ZIP_HEADERS_DISAGREE = Finding(
    "zip-headers-disagree",
    "Two headers say different things of one entry, or two end records of the zip.",
    f"{_ZIP} 4.3.7, 4.3.9, 4.3.12",
)
ZIP_DATA = Finding(
    "zip-data",
    "What an entry inflates to is not of the size or CRC declared, or its data is damaged.",
    f"{_ZIP} 4.4.7",
)
LIMIT_ENTRIES = Finding("limit-entries", "The zip has more entries than the limit.", _LIMITS)
LIMIT_RELATIONSHIPS = Finding(
    "limit-relationships", "The package has more relationships than it may have entries.", _LIMITS
)
LIMIT_ENTRY_SIZE = Finding("limit-entry-size", "An entry inflates to more than the limit.", _LIMITS)
LIMIT_TOTAL_SIZE = Finding(
    "limit-total-size", "All entries together inflate to more than the limit.", _LIMITS
)
LIMIT_RATIO = Finding("limit-ratio", "An entry is compressed beyond the limit.", _LIMITS)

# Parts, content types, relationships
PACKAGE_NOT_OPC = Finding(
    "package-not-opc", "The zip has no content types item, or no relationships of the package.", f"{_OPC} 7.3"
)
PART_NAME_INVALID = Finding(
    "part-name-invalid", "An entry's name is no part name that all readers agree on.", f"{_OPC} 6.2.2"
)
PART_NAME_DUPLICATE = Finding(
    "part-name-duplicate",
    "Two parts have one name to some reader, or one lies below another.",
    f"{_OPC} 6.2.2.3",
)
CONTENT_TYPES_MALFORMED = Finding(
    "content-types-malformed",
    "The content types item holds something else, or an entry twice.",
    f"{_OPC} 7.2.3",
)
CONTENT_TYPE_MISSING = Finding("content-type-missing", "A part has no content type.", f"{_OPC} 6.2.3")
CONTENT_TYPE_WRONG = Finding(
    "content-type-wrong",
    "A relationships part has another content type, or another part has theirs.",
    f"{_OPC} 6.5.2.1",
)
CONTENT_TYPE_DANGLING = Finding(
    "content-type-dangling",
    "A content type is given for a name that is, letter for letter, no part's.",
    f"{_OPC} 7.2.3",
)
CONTENT_TYPE_CONFLICT = Finding(
    "content-type-conflict",
    "At signing: the extension of the origin stands for something else.",
    f"{_OPC} 7.2.3",
)
RELATIONSHIPS_MALFORMED = Finding(
    "relationships-malformed",
    "A .rels part holds something else than relationships, or an Id twice.",
    f"{_OPC} 6.5.3",
)
RELATIONSHIPS_DANGLING = Finding(
    "relationships-dangling", "A .rels part belongs to a part that is not there.", f"{_OPC} 6.5.2"
)
RELATIONSHIP_DANGLING = Finding(
    "relationship-dangling", "A relationship points at a part that is not there.", f"{_OPC} 6.5.3.4"
)
RELATIONSHIP_TARGET = Finding(
    "relationship-target", "An internal target is no part inside the package.", f"{_OPC} 6.5.3.4"
)
RELATIONSHIP_AMPERSAND = Finding(
    "relationship-ampersand",
    "At signing: a target has an `&`, which LibreOffice 7 digests wrongly.",
    "docs/signature.md",
)
PART_MISSING = Finding("part-missing", "A part that was signed is not there.", f"{_OPC} 10.5.7", _HASH)

# XML of the control parts: content types, relationships, signatures
LIMIT_XML_SIZE = Finding("limit-xml-size", "The control parts together are larger than the limit.", _LIMITS)
LIMIT_XML_NODES = Finding(
    "limit-xml-nodes",
    "A control part has too many tags or attributes.",
    _LIMITS,
)
LIMIT_XML_DEPTH = Finding("limit-xml-depth", "A control part is nested deeper than the limit.", _LIMITS)
XML_ENCODING = Finding(
    "xml-encoding", "A control part is not UTF-8 without NUL, or says so.", f"{_OPC} 6.2.5"
)
XML_DTD = Finding("xml-dtd", "A control part has a document type declaration.", f"{_OPC} 6.2.5")
XML_MALFORMED = Finding("xml-malformed", "A control part is not well-formed XML 1.0.", "XML 1.0")
XML_NODE = Finding(
    "xml-node", "A control part has a comment, processing instruction or CDATA section.", _PROFILE
)
XML_ATTRIBUTE = Finding("xml-attribute", "A control part has an `xml:` attribute.", _PROFILE)

# The structure of a signature part
SIGNATURE_STRUCTURE = Finding(
    "signature-structure",
    "An element, attribute or text is not what the profile has in that place.",
    _PROFILE,
)
SIGNATURE_NAMESPACE = Finding(
    "signature-namespace",
    "A signature part declares a namespace or prefix that the profile has not.",
    _PROFILE,
)
SIGNATURE_ID = Finding(
    "signature-id",
    "An Id or Target is not the one its element must have.",
    "XMLDSig 4.3.3.2, docs/signature.md",
)
SIGNATURE_BASE64 = Finding(
    "signature-base64",
    "A value is not base64, not in its one encoding, or of the wrong length.",
    "RFC 4648 3.5, 4",
)
REFERENCE_URI = Finding(
    "reference-uri",
    "A Reference points at something else than its place asks for, or one part twice.",
    f"{_OPC} 10.5.7",
)
REFERENCE_TRANSFORM = Finding(
    "reference-transform", "A Reference is transformed in another way than the two allowed.", f"{_OPC} 10.5.8"
)
ALGORITHM_NOT_ALLOWED = Finding(
    "algorithm-not-allowed", "An algorithm is not on the list.", "XMLDSig 6.1, docs/signature.md"
)
SIGNING_TIME_DISAGREES = Finding(
    "signing-time-disagrees", "SignatureTime and SigningTime are not the same.", _PROFILE
)

# The signer, the value, and what they cover
SIGNING_CERTIFICATE_DISAGREES = Finding(
    "signing-certificate-disagrees",
    "The signature names another issuer or serial number than its certificate has.",
    "ETSI TS 101 903 7.2.2",
)
KEY_INFO_CERTIFICATE = Finding(
    "key-info-certificate",
    "KeyInfo has too many certificates, one twice, or one that cannot be read.",
    "XMLDSig 4.4.4",
)
UNSIGNED_PROPERTY_MALFORMED = Finding(
    "unsigned-property-malformed",
    "A timestamp, certificate or CRL beside the signature cannot be read.",
    "ETSI EN 319 132-1 5.3 and 5.4",
)
EMBEDDED_CRL_TOO_LARGE = Finding(
    "embedded-crl-too-large",
    "A CRL is too large to be put beside the signature.",
    "docs/timestamps.md",
)
OBJECT_DIGEST_MISMATCH = Finding(
    "object-digest-mismatch",
    "An Object or the SignedProperties are not what was signed.",
    "XMLDSig 3.2.1",
    _HASH,
)
PART_DIGEST_MISMATCH = Finding(
    "part-digest-mismatch", "A part is not what was signed.", f"{_OPC} 10.5.7", _HASH
)
CONTENT_TYPE_MISMATCH = Finding(
    "content-type-mismatch", "A part has another content type than the one signed.", f"{_OPC} 10.5.7", _HASH
)
RELATIONSHIP_MISSING = Finding(
    "relationship-missing", "A relationship that was signed is not there.", f"{_OPC} 10.5.8", _HASH
)
RELATIONSHIP_DIGEST_MISMATCH = Finding(
    "relationship-digest-mismatch", "A relationship is not what was signed.", f"{_OPC} 10.5.8", _HASH
)
PART_UNCOVERED = Finding("part-uncovered", "A part is not covered by the signature.", f"{_OPC} 10.5")
RELATIONSHIP_UNCOVERED = Finding(
    "relationship-uncovered", "A relationship is not covered by the signature.", f"{_OPC} 10.5"
)
COUNTERSIGNATURE_INCOMPLETE = Finding(
    "countersignature-incomplete",
    "A signature part is covered and its relationship from the origin is not.",
    "docs/signature.md, coverage",
)

# The set of signature parts
ORIGIN_DUPLICATE = Finding("origin-duplicate", "The package has several signature origins.", f"{_OPC} 10.4.2")
ORIGIN_MALFORMED = Finding(
    "origin-malformed", "The origin is not the one empty part it must be.", f"{_OPC} 10.4.2"
)
ORIGIN_RELATIONSHIP = Finding(
    "origin-relationship",
    "The origin points at something that is no signature, or twice at one.",
    f"{_OPC} 10.4.2",
)
SIGNATURE_STRAY = Finding(
    "signature-stray",
    "A part or relationship looks like a signature and is none of the origin's.",
    f"{_OPC} 10.4",
)

DECLARED = tuple(value for value in globals().values() if isinstance(value, Finding))
"""All of them, in the order of this page."""
