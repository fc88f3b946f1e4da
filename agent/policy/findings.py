"""Every finding on the set of signatures, declared once; the rules declare theirs themselves."""

from agent.verdicts import DeclaredFinding as Finding

_SET = "docs/signature.md, set of signatures"

ROLE_MISSING = Finding("role-missing", "There is no signature in a role that was asked for.", _SET)
ROLE_DUPLICATE = Finding(
    "role-duplicate", "There are several signatures as manufacturer, or several countersignatures.", _SET
)
COUNTERSIGNATURE_ORDER = Finding(
    "countersignature-order",
    "A countersignature does not take in exactly the manufacturer's signature, or that one takes in another.",
    _SET,
)

DECLARED = tuple(value for value in globals().values() if isinstance(value, Finding))
"""All of them, in the order of this page."""
