"""Every finding that signatures have in whatever container, declared once; each container has its own too."""

from agent.verdicts import DeclaredFinding as Finding
from agent.verdicts import SubIndication

_CRYPTO = SubIndication.SIG_CRYPTO_FAILURE
_VALUE = "XMLDSig 3.2.2; RFC 5652 5.6"

LIMIT_SIGNATURES = Finding(
    "limit-signatures",
    "There are more than four signatures in a package, or sixteen in a detached CMS.",
    "docs/signature.md",
)
CLAIMED_ROLE_WRONG = Finding(
    "claimed-role-wrong",
    "The claimed role is not known, or does not go with the commitment.",
    "ETSI TS 101 903 7.2.6, 7.2.8; ETSI EN 319 122-1 5.2.3",
)
SIGNING_CERTIFICATE_MISSING = Finding(
    "signing-certificate-missing",
    "No certificate has the digest that the signature names.",
    "ETSI EN 319 102-1 5.2.3",
    SubIndication.NO_SIGNING_CERTIFICATE_FOUND,
)
KEY_MALFORMED = Finding(
    "key-malformed", "The signer's public key cannot be used.", "RFC 5280 4.1.2.7", _CRYPTO
)
KEY_ALGORITHM_MISMATCH = Finding(
    "key-algorithm-mismatch", "The signature's algorithm is not one of the signer's key.", _VALUE, _CRYPTO
)
SIGNATURE_VALUE_WRONG = Finding(
    "signature-value-wrong",
    "The value is not the signer's over SignedInfo or the signed attributes, or of the wrong length.",
    _VALUE,
    _CRYPTO,
)

DECLARED = tuple(value for value in globals().values() if isinstance(value, Finding))
"""All of them, in the order of this page."""

_OF_VALUES = {
    finding.code: finding for finding in (KEY_ALGORITHM_MISMATCH, KEY_MALFORMED, SIGNATURE_VALUE_WRONG)
}


def of_value(code: str) -> Finding:
    """Find the finding about what verifying a value said, by that error's code."""
    return _OF_VALUES.get(code, SIGNATURE_VALUE_WRONG)
