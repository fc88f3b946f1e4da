"""Every finding of a timestamp by itself, declared once; whom to believe is for the policy."""

from agent.findings import Level
from agent.verdicts import DeclaredFinding as Finding

_CLAUSE = "RFC 3161 2.4.2"

TIMESTAMP_MALFORMED = Finding("timestamp-malformed", "What stands there is no timestamp token.", _CLAUSE)
TIMESTAMP_IMPRINT_WRONG = Finding(
    "timestamp-imprint-wrong", "The timestamp is over something else.", _CLAUSE, None, Level.WARN
)
TIMESTAMP_SIGNATURE_WRONG = Finding(
    "timestamp-signature-wrong", "The timestamp's own signature is wrong.", _CLAUSE, None, Level.WARN
)
TIMESTAMP_CERTIFICATE_MISSING = Finding(
    "timestamp-certificate-missing",
    "The certificate that the timestamp names is not in it.",
    _CLAUSE,
    None,
    Level.WARN,
)

# Answers of a TSA, when a timestamp is asked for: no verdict has these
TIMESTAMP_NOT_GRANTED = Finding("timestamp-not-granted", "The TSA says no.", _CLAUSE, None)
TIMESTAMP_NONCE_WRONG = Finding("timestamp-nonce-wrong", "The TSA answers another request.", _CLAUSE, None)
TIMESTAMP_POLICY_WRONG = Finding(
    "timestamp-policy-wrong", "The TSA's policy is not the one asked for.", _CLAUSE, None
)

OF_ANSWERS = (TIMESTAMP_NOT_GRANTED, TIMESTAMP_NONCE_WRONG, TIMESTAMP_POLICY_WRONG)
"""Those of a TSA's answer."""
DECLARED = tuple(
    value for value in globals().values() if isinstance(value, Finding) and value not in OF_ANSWERS
)
"""Those that a verdict can have, in the order of this page."""
