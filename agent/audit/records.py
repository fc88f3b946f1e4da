"""One decision, as it is recorded."""

import getpass
import os
import sys
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from agent import __version__
from agent.dataclass import dataclass
from agent.findings import Finding
from agent.instants import format_instant
from agent.operations import Operation

if sys.platform != "win32":
    import pwd

Evidence = Mapping[str, str | int | datetime | None]
"""What was known about one CRL, or image: flat, None left out, instants written as `2026-11-22T09:00:00Z`."""


class Outcome(StrEnum):
    """What came of it; see the package's docstring for how they follow each other."""

    ALLOWED = "allowed"
    """The key was used and the output is about to appear."""
    REFUSED = "refused"
    """Policy said no; the key was not used."""
    RELEASED = "released"
    """The key was used and the result left without an output file."""
    NOT_RELEASED = "not-released"
    """It was allowed, but the output could not appear."""
    FAILED = "failed"
    """Something broke before a result was there."""
    BEGUN = "begun"
    """The token is about to be changed; `done`, `failed` or, after a crash, nothing follows."""
    DONE = "done"
    """The token was changed as asked."""


@dataclass(frozen=True, slots=True)
class Requester:
    """Who asked, as the operating system knows them."""

    name: str
    uid: int | None = None
    """User id; None where there is none (Windows)."""


@dataclass(frozen=True, slots=True)
class CertificateReference:
    """The signer's certificate."""

    subject: str
    """RFC 4514 text."""
    serial: str
    """Serial number in hex."""
    sha256: str
    """SHA-256 of its DER in lower-case hex."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRecord:
    """One decision; what is None is left out of the line. Digests are lower-case hex."""

    operation: Operation
    outcome: Outcome
    requester: Requester
    signer: str | None = None
    """Name in the configuration (`--as`)."""
    role: str | None = None
    key_uri: str | None = None
    """PKCS#11 URI of the key; never with a PIN."""
    certificate: CertificateReference | None = None
    file: str | None = None
    container: str | None = None
    """`package`, or `cms` for a signature beside the file."""
    signature_file: str | None = None
    """The `.p7s` that is countersigned."""
    sha256_before: str | None = None
    sha256_after: str | None = None
    signed_digest: str | None = None
    """The digest that went to the token."""
    findings: tuple[Finding, ...] = ()
    crls: tuple[Evidence, ...] = ()
    images: tuple[Evidence, ...] = ()
    """The Manufacturer Images that the form was compared with: which octets of which file, and their Hash."""
    policy_sha256: str | None = None
    configuration_sha256: str | None = None
    parties_sha256: str | None = None
    """Of the party register; None when there is none."""
    lowered: tuple[str, ...] = ()
    """Codes of the rules whose level the policy file lowered."""
    duration_ms: int | None = None
    decision: str | None = None
    """Random, in hex: the same in every record of one operation."""
    output: str | None = None
    """Where the output appears."""
    held_in: str | None = None
    """The temporary name that the output has until it appears (`agent.audit.held`)."""
    agent: str | None = None
    """Which of the agents that share one database wrote it."""
    tool_version: str = __version__


def current_requester() -> Requester:
    """Build the requester that this process runs as.

    The name comes from the user database, not from USER or LOGNAME, which anyone may set.
    """
    if sys.platform == "win32":
        return Requester(name=getpass.getuser())
    return find_requester(os.getuid())


def find_requester(uid: int) -> Requester:
    """Build the requester with a user id of this machine, as the kernel gives it for a peer."""
    if sys.platform == "win32":
        return Requester(name=str(uid), uid=uid)
    try:
        return Requester(name=pwd.getpwuid(uid).pw_name, uid=uid)
    except KeyError:
        # A container may run as a number without a name.
        return Requester(name=str(uid), uid=uid)


def describe_record(record: AuditRecord) -> dict[str, object]:
    """Build the JSON object of a record, without its place in the chain."""
    certificate, requester = record.certificate, record.requester
    members: dict[str, object] = {
        "operation": record.operation.value,
        "outcome": record.outcome.value,
        "requester": _present({"name": requester.name, "uid": requester.uid}),
        "signer": record.signer,
        "role": record.role,
        "key_uri": record.key_uri,
        "certificate": certificate and _describe_certificate(certificate),
        "file": record.file,
        "container": record.container,
        "signature_file": record.signature_file,
        "sha256_before": record.sha256_before,
        "sha256_after": record.sha256_after,
        "signed_digest": record.signed_digest,
        "findings": [_describe_finding(finding) for finding in record.findings],
        "crls": [_describe_evidence(evidence) for evidence in record.crls],
        "images": [_describe_evidence(image) for image in record.images] or None,
        "policy_sha256": record.policy_sha256,
        "configuration_sha256": record.configuration_sha256,
        "parties_sha256": record.parties_sha256,
        "lowered": list(record.lowered),
        "duration_ms": record.duration_ms,
        "decision": record.decision,
        "output": record.output,
        "held_in": record.held_in,
        "agent": record.agent,
        "tool_version": record.tool_version,
    }
    return _present(members)


def _describe_certificate(certificate: CertificateReference) -> dict[str, str]:
    return {"subject": certificate.subject, "serial": certificate.serial, "sha256": certificate.sha256}


def _describe_finding(finding: Finding) -> dict[str, str]:
    return {
        "code": finding.code,
        "level": finding.level.value,
        "where": finding.where,
        "message": finding.message,
        "clause": finding.clause,
    }


def _describe_evidence(evidence: Evidence) -> dict[str, object]:
    return _present(
        {
            key: format_instant(value) if isinstance(value, datetime) else value
            for key, value in evidence.items()
        }
    )


def _present(members: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in members.items() if value is not None}
