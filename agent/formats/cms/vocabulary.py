"""The object identifiers and tags that a CMS signature is made of, each from its standard."""

from typing import Final

# RFC 5652: content types (clauses 4 and 5) and attributes (clause 11)
ID_DATA: Final = "1.2.840.113549.1.7.1"
ID_SIGNED_DATA: Final = "1.2.840.113549.1.7.2"
CONTENT_TYPE: Final = "1.2.840.113549.1.9.3"
MESSAGE_DIGEST: Final = "1.2.840.113549.1.9.4"
SIGNING_TIME: Final = "1.2.840.113549.1.9.5"
COUNTERSIGNATURE: Final = "1.2.840.113549.1.9.6"

# RFC 5035 (ESS), RFC 6211, RFC 8551
SIGNING_CERTIFICATE_V2: Final = "1.2.840.113549.1.9.16.2.47"
ALGORITHM_PROTECTION: Final = "1.2.840.113549.1.9.52"
SMIME_CAPABILITIES: Final = "1.2.840.113549.1.9.15"

# ETSI EN 319 122-1 (CAdES) clauses 5.2.3, 5.2.6, 5.3 and annex A
COMMITMENT_TYPE: Final = "1.2.840.113549.1.9.16.2.16"
PROOF_OF_ORIGIN: Final = "1.2.840.113549.1.9.16.6.1"
PROOF_OF_APPROVAL: Final = "1.2.840.113549.1.9.16.6.5"
SIGNER_ATTRIBUTES_V2: Final = "0.4.0.19122.1.1"
ROLE: Final = "2.5.4.72"
"""id-at-role (X.509), in which the claimed role stands as the European Commission's DSS writes it."""
SIGNATURE_TIMESTAMP: Final = "1.2.840.113549.1.9.16.2.14"
CERTIFICATE_VALUES: Final = "1.2.840.113549.1.9.16.2.23"
REVOCATION_VALUES: Final = "1.2.840.113549.1.9.16.2.24"

# Algorithms: RFC 5754, RFC 5758, RFC 8017
DIGESTS: Final = {
    "2.16.840.1.101.3.4.2.1": "sha256",
    "2.16.840.1.101.3.4.2.2": "sha384",
    "2.16.840.1.101.3.4.2.3": "sha512",
}
"""Every digest algorithm a verifier may meet; an allow-list."""
RSA_ENCRYPTION: Final = "1.2.840.113549.1.1.1"
RSA_PSS: Final = "1.2.840.113549.1.1.10"
RSA_WITH: Final = {
    "1.2.840.113549.1.1.11": "sha256",
    "1.2.840.113549.1.1.12": "sha384",
    "1.2.840.113549.1.1.13": "sha512",
}
ECDSA_WITH: Final = {
    "1.2.840.10045.4.3.2": "sha256",
    "1.2.840.10045.4.3.3": "sha384",
    "1.2.840.10045.4.3.4": "sha512",
}

# Tags of context-specific fields, X.690 clause 8.1.2
CONTEXT_0: Final = 0x80
"""[0] IMPLICIT of a primitive type."""
CONSTRUCTED_0: Final = 0xA0
CONSTRUCTED_1: Final = 0xA1
CONSTRUCTED_4: Final = 0xA4
UTC_TIME: Final = 0x17
GENERALIZED_TIME: Final = 0x18
