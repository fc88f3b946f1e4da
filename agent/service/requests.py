"""Certification requests (PKCS#10), made and signed on the token.

Source: RFC 2986; subject and key usage as IKI client credentials have them.
"""

import hashlib
from datetime import UTC, datetime

from agent.config.signers import SignerSettings
from agent.errors import UsageError
from agent.operations import Operation
from agent.pki.pem import to_pem
from agent.pki.requests import (
    RequestSubject,
    assemble_certification_request,
    build_certification_request_info,
)
from agent.policy.authorization import authorize_request
from agent.policy.engine import decide_access
from agent.service.access import collect_access
from agent.service.audit_trail import AuditTrail
from agent.service.keys import SignerKey, TokenDoor, open_signer_key
from agent.service.pins.terminal import Operator
from agent.service.recording import open_audit
from agent.service.workspace import Workspace


def run_request(name: str, workspace: Workspace, operator: Operator) -> bytes:
    """Make the certification request of a configured signer; returns PEM.

    Raises:
        UsageError: `signer-subject-missing`, or the signer is unknown.
        PolicyRefusedError: the requester may not use the key, or the clock is wrong.
        TokenError: the token, the PIN or the key.

    """
    signer = workspace.configuration.find_signer(name)
    subject = _subject(signer)
    log = open_audit(workspace.configuration)
    log.ensure_writable()
    trail = AuditTrail(log, workspace, signer, Operation.CSR)
    with trail.recording(), TokenDoor(workspace.configuration.module) as door:
        decide_access(
            collect_access(Operation.CSR, signer, workspace, at=datetime.now(UTC))
        ).require_allowed()
        key = open_signer_key(signer, door, operator)
        request, digest = sign_request(key, subject)
        trail.released(key_uri=key.uri, digest=digest)
    return to_pem("CERTIFICATE REQUEST", request)


def sign_request(key: SignerKey, subject: RequestSubject) -> tuple[bytes, bytes]:
    """Build and sign a request with an open key; returns its DER and the digest that was signed.

    Raises:
        TokenError: what the token said.

    """
    key.prepare()
    info = build_certification_request_info(subject, key.public_key)
    digest = hashlib.new(key.algorithm.hash_name, info).digest()
    now = datetime.now(UTC)
    value = key.sign(authorize_request(key.public_key, digest, now), now, info)
    return assemble_certification_request(info, key.algorithm, value), digest


def _subject(signer: SignerSettings) -> RequestSubject:
    settings = signer.subject
    if settings is None:
        raise UsageError(
            "signer-subject-missing",
            f"the signer {signer.name} has no subject, so no certificate can be asked for",
            hint=f"add [signers.{signer.name}.subject] with organisation, role_code and common_name",
        )
    return RequestSubject(
        settings.organisation, settings.role_code, settings.common_name, settings.entity_identifier
    )
