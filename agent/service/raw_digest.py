"""A signature over a digest that was made elsewhere: nobody here has seen what it is of.

It is for the few whom the configuration names, key by key (`raw_digest_requesters`). All rules about the
certificate and the use of the key are asked, quotas count it, and it is recorded like any signature; what a
document's rules and lints would have said, nobody knows. It could be the digest of anything that the key's
owner never meant to sign, and so `iki doctor` warns wherever it is possible.
"""

import hashlib
from datetime import UTC, datetime
from typing import Any

from agent.audit.records import Requester
from agent.config.signers import SignerSettings
from agent.dataclass import dataclass
from agent.errors import UsageError
from agent.findings import Finding
from agent.instants import format_instant
from agent.operations import Operation
from agent.pki.algorithms import SignatureAlgorithm, algorithm_for
from agent.pki.certificate import SigningCertificate
from agent.policy.authorization import authorize_digest
from agent.policy.engine import decide_key_use
from agent.report.verdict_report import describe_finding
from agent.service.access import build_guard
from agent.service.audit_trail import AuditTrail
from agent.service.audit_turn import AUDIT_TURN
from agent.service.key_ring import SignerKeys
from agent.service.key_use import KeyUse
from agent.service.recording import open_audit
from agent.service.release import PendingOutput
from agent.service.workspace import Workspace


@dataclass(frozen=True, slots=True)
class RawDigest:
    """What is to be signed."""

    digest: bytes
    called: str
    """What it is of, in the requester's words: for the audit log."""


@dataclass(frozen=True, slots=True)
class DigestResult:
    """What was done."""

    signer: SignerSettings
    certificate: SigningCertificate
    algorithm: SignatureAlgorithm
    digest: bytes
    sha256: str
    """SHA-256 of the signature value in hex."""
    at: datetime
    findings: tuple[Finding, ...]


def is_named(signer: SignerSettings, requester: Requester) -> bool:
    """Tell whether a requester may have digests signed with a signer's key."""
    names = {requester.name} if requester.uid is None else {requester.name, f"uid:{requester.uid}"}
    return bool(names & set(signer.access.raw_digest_requesters))


def sign_raw_digest(
    asked: RawDigest,
    workspace: Workspace,
    keys: SignerKeys,
    *,
    requester: Requester,
    output: PendingOutput,
) -> DigestResult:
    """Sign a digest; the value, r‖s for ECDSA, is what is released by `output`.

    Raises:
        IkiError: every reason not to, by class and code; nothing was released then.

    """
    signer = keys.signer
    log = open_audit(workspace.configuration)
    with AUDIT_TURN:
        log.ensure_writable()
    with output as pending:
        keys.start()
        certificate = keys.certificate
        algorithm = algorithm_for(certificate.spki_der, pss=signer.rsa_padding == "pss")
        _check_length(asked, algorithm)
        trail = AuditTrail(log, workspace, signer, Operation.SIGN_DIGEST, requester)
        trail.by(certificate, of=asked.called)
        use = KeyUse(Operation.SIGN_DIGEST, signer, certificate, workspace, requester)
        with trail.recording():
            return _sign(asked, algorithm, use, keys, pending, trail)


def _sign(
    asked: RawDigest,
    algorithm: SignatureAlgorithm,
    use: KeyUse,
    keys: SignerKeys,
    output: PendingOutput,
    trail: AuditTrail,
) -> DigestResult:
    decide_key_use(*use.facts()).require_allowed()
    key = keys.open()
    use.check_key(key)
    key.prepare()
    signer, access = use.facts()
    authorization, decision = authorize_digest(signer, access, key.public_key, asked.digest, algorithm)
    value = key.sign(authorization, datetime.now(UTC), None)
    output.write(value)
    output.settle()
    sha256 = hashlib.sha256(value).hexdigest()
    guard = build_guard(access, use.signer, use.workspace, use.certificate)
    trail.allowed(decision, output, guard, key_uri=key.uri, digest=asked.digest, sha256_after=sha256)
    output.release()
    return DigestResult(
        use.signer, use.certificate, algorithm, asked.digest, sha256, signer.at, decision.findings
    )


def describe_digest(result: DigestResult) -> dict[str, Any]:
    """Build the JSON object of what was done."""
    return {
        "operation": Operation.SIGN_DIGEST.value,
        "digest": result.digest.hex(),
        "sha256": result.sha256,
        "role": result.signer.role.value,
        "signer": result.certificate.subject,
        "serial": result.certificate.serial_hex,
        "algorithm": result.algorithm.name,
        "at": format_instant(result.at),
        "findings": [describe_finding(finding) for finding in result.findings],
    }


def _check_length(asked: RawDigest, algorithm: SignatureAlgorithm) -> None:
    wanted = hashlib.new(algorithm.hash_name).digest_size
    if len(asked.digest) != wanted:
        raise UsageError(
            "digest-length",
            f"the digest has {len(asked.digest)} octets; this key signs {algorithm.hash_name}, of {wanted}",
            hint=f"hash with {algorithm.hash_name}",
        )
