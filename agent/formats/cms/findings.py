"""Every finding of a detached CMS, declared once: code, what it means, the clause it rests on.

Timestamp tokens are read by the same code; what is wrong with one is `timestamp-malformed`.
"""

from agent.findings import Level
from agent.verdicts import DeclaredFinding as Finding
from agent.verdicts import SubIndication

_PROFILE = "docs/signature.md, detached CMS"

# The encoding
CMS_PEM = Finding("cms-pem", "The signature is armoured (PEM), and must be DER.", _PROFILE)
CMS_NOT_DER = Finding(
    "cms-not-der", "It is not DER: BER, cut short, a set out of order, a padded number.", "X.690 8, 10 and 11"
)
CMS_TRAILING_OCTETS = Finding("cms-trailing-octets", "Octets follow the end of it.", _PROFILE)
LIMIT_CMS = Finding("limit-cms", "A list has more elements than the profile's limit.", _PROFILE)

# The structure
CMS_STRUCTURE = Finding(
    "cms-structure",
    "A field, or its type, is not what the profile has in that place.",
    f"RFC 5652 5; {_PROFILE}",
)
CMS_VERSION = Finding(
    "cms-version", "A version is not the one that goes with the content.", "RFC 5652 5.1, 5.3"
)
CERTIFICATE_MALFORMED = Finding(
    "certificate-malformed", "A certificate in the signature cannot be read.", "RFC 5280 4.1"
)
CRL_MALFORMED = Finding("crl-malformed", "A CRL in the signature cannot be read.", "RFC 5280 5.1")
CMS_CONTENT_TYPE = Finding(
    "cms-content-type", "What is signed is not plain data, or the signer says another type.", "RFC 5652 11.1"
)
CMS_CONTENT_ENCAPSULATED = Finding(
    "cms-content-encapsulated", "The content is inside the signature, not in the file beside it.", _PROFILE
)

# Algorithms
CMS_DIGEST_ALGORITHM = Finding(
    "cms-digest-algorithm", "A digest algorithm is not on the list.", "RFC 5754 2; docs/signature.md"
)
CMS_SIGNATURE_ALGORITHM = Finding(
    "cms-signature-algorithm",
    "A signature algorithm, or its parameters, are not on the list.",
    "RFC 5754 3, RFC 4056; docs/signature.md",
)
CMS_ALGORITHM_DISAGREEMENT = Finding(
    "cms-algorithm-disagreement",
    "Algorithms named in several places are not the same.",
    "RFC 5652 5.1, RFC 6211 3",
)

# Attributes and certificate
CMS_ATTRIBUTE_UNKNOWN = Finding("cms-attribute-unknown", "An attribute may not stand in its place.", _PROFILE)
CMS_ATTRIBUTE_MISSING = Finding(
    "cms-attribute-missing", "A signed attribute is missing.", "ETSI EN 319 122-1 6.3"
)
CMS_ATTRIBUTE_DUPLICATE = Finding(
    "cms-attribute-duplicate", "An attribute is there twice, or has several values.", "RFC 5652 5.3, 11"
)
CMS_ATTRIBUTE_NOT_JUDGED = Finding(
    "cms-attribute-not-judged", "An unsigned attribute was not looked at.", _PROFILE, None, Level.WARN
)
CMS_CERTIFICATE_CONFUSION = Finding(
    "cms-certificate-confusion",
    "The signerInfo names another certificate than the signed digest does.",
    "RFC 5035 4; ETSI EN 319 122-1 5.2.2.3",
)
MESSAGE_DIGEST_MISMATCH = Finding(
    "message-digest-mismatch",
    "The file, or the countersigned value, is not what was signed.",
    "RFC 5652 5.6",
    SubIndication.HASH_FAILURE,
)

DECLARED = tuple(value for value in globals().values() if isinstance(value, Finding))
"""All of them, in the order of this page."""
