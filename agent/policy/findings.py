"""Every finding on documents, sets of signatures and proven times, declared once.

The rules declare theirs themselves.
"""

from agent.findings import Level
from agent.verdicts import DeclaredFinding as Finding

_SET = "docs/signature.md, set of signatures"
_REVOCATION = "RFC 3161 4; RFC 5280 6.3"
_WORKERS = "docs/batch.md, worker processes"
_SINCE = "ETSI EN 319 102-1 5.5.4"

ROLE_MISSING = Finding("role-missing", "There is no signature in a role that was asked for.", _SET)
ROLE_DUPLICATE = Finding(
    "role-duplicate", "There are several signatures as manufacturer, or several countersignatures.", _SET
)
COUNTERSIGNATURE_ORDER = Finding(
    "countersignature-order",
    "A countersignature does not take in exactly the manufacturer's signature, or that one takes in another.",
    _SET,
)

# Timestamps: what does not prove is a warning
TIMESTAMP_PATH = Finding(
    "timestamp-path",
    "No path leads from the TSA to an anchor of timestamps.",
    "RFC 5280 6.1",
    None,
    Level.WARN,
)
TIMESTAMP_TIME = Finding(
    "timestamp-time", "The timestamp is of a time to come.", "RFC 3161 2.4.2", None, Level.WARN
)
TIMESTAMP_PURPOSE = Finding(
    "timestamp-purpose", "The certificate is not one of a TSA.", "RFC 3161 2.3", None, Level.WARN
)
TIMESTAMP_TSA = Finding(
    "timestamp-tsa",
    "The TSA gives itself another name than its certificate does.",
    "RFC 3161 2.4.2",
    None,
    Level.WARN,
)
TIMESTAMP_POLICY = Finding(
    "timestamp-policy", "The TSA's policy is not a configured one.", "RFC 3161 2.4.2", None, Level.WARN
)
TIMESTAMP_VALIDITY = Finding(
    "timestamp-validity",
    "The TSA's certificate was not valid when it stamped, or is not now.",
    "ETSI EN 319 102-1 5.4",
    None,
    Level.WARN,
)
TIMESTAMP_REVOCATION = Finding(
    "timestamp-revocation", "It cannot be shown that the TSA is not revoked.", _REVOCATION, None, Level.WARN
)
TIMESTAMP_REVOKED = Finding(
    "timestamp-revoked", "The TSA, or a CA above it, is revoked.", _REVOCATION, None, Level.WARN
)
CERTIFICATE_REVOKED_SINCE = Finding(
    "certificate-revoked-since",
    "A certificate was revoked after the time proven.",
    _SINCE,
    None,
    Level.INFORM,
)
CERTIFICATE_EXPIRED_SINCE = Finding(
    "certificate-expired-since", "The certificate expired after the time proven.", _SINCE, None, Level.INFORM
)

# The document as it is read
LIMIT_FILE_SIZE = Finding(
    "limit-file-size", "The file is larger than the limit.", "docs/signature.md, container"
)
DOCUMENT_TIME = Finding(
    "document-time", "The process that read the document took longer than the limit.", _WORKERS
)
DOCUMENT_CPU = Finding(
    "document-cpu", "The process that read the document took more processor time than the limit.", _WORKERS
)
DOCUMENT_MEMORY = Finding(
    "document-memory", "The process that read the document took more memory than the limit.", _WORKERS
)
DOCUMENT_CRASH = Finding("document-crash", "The process that read the document broke.", _WORKERS)
FORM_UNREADABLE = Finding(
    "form-unreadable",
    "The form cannot be read, so neither it nor its countersigner was checked.",
    "MP168 (Devices: Supplier; Communications Hubs: DCC)",
    None,
    Level.WARN,
)
COUNTERSIGNATURE_STRIPPABLE = Finding(
    "countersignature-strippable",
    "Said of every detached CMS: a countersignature can be taken out of it without a trace.",
    "RFC 5652 11.4",
    None,
    Level.INFORM,
)

DECLARED = tuple(value for value in globals().values() if isinstance(value, Finding))
"""All of them, in the order of this page."""
