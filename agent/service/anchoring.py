"""Anchoring: the head of the record, signed by a key on its token, and recorded like every signature."""

import hashlib
from datetime import UTC, datetime
from pathlib import Path

from agent.audit.anchor import LARGEST_ANCHOR, Anchor, AnchorStatement
from agent.audit.door import AuditStore, AuditSummary
from agent.audit.verification import verify_audit
from agent.config.configuration import Configuration
from agent.errors import AuditError
from agent.operations import Operation
from agent.pki.certificate import load_certificate
from agent.policy.authorization import authorize_anchor
from agent.policy.engine import decide_key_use
from agent.service.access import build_guard
from agent.service.audit_trail import AuditTrail
from agent.service.files import read_file
from agent.service.key_use import KeyUse
from agent.service.keys import SignerKey, TokenDoor, load_signer_certificate, open_signer_key
from agent.service.pins.terminal import Operator
from agent.service.recording import open_audit
from agent.service.release import PendingOutput
from agent.service.workspace import Workspace

_MAX_CERTIFICATE = 1024 * 1024


def run_anchor(name: str, path: Path, workspace: Workspace, operator: Operator, *, force: bool) -> Anchor:
    """Verify the whole record and sign its head; the anchor appears at `path`.

    Raises:
        AuditError: the record is damaged, or the anchor could not be recorded.
        PolicyRefusedError: the key may not be used.
        IkiError: every other reason not to; no anchor exists then.

    """
    signer = workspace.configuration.find_signer(name)
    store = open_audit(workspace.configuration)
    store.ensure_writable()
    with (
        PendingOutput(path, force=force) as output,
        TokenDoor(workspace.configuration.module) as door,
    ):
        certificate = load_signer_certificate(signer, door)
        trail = AuditTrail(store, workspace, signer, Operation.AUDIT_ANCHOR)
        trail.by(certificate)
        with trail.recording():
            case = KeyUse(Operation.AUDIT_ANCHOR, signer, certificate, workspace)
            decide_key_use(*case.facts()).require_allowed()
            key = open_signer_key(signer, door, operator)
            return _sign(case, key, store, output, trail)


def _sign(
    case: KeyUse, key: SignerKey, store: AuditStore, output: PendingOutput, trail: AuditTrail
) -> Anchor:
    certificate = case.certificate
    case.check_key(key)
    signer, access = case.facts()
    statement = AnchorStatement(store.verify().head, signer.at.replace(microsecond=0), case.signer.name)
    key.prepare()
    authorization, decision = authorize_anchor(signer, access, key.public_key, statement)
    value = key.sign(authorization, datetime.now(UTC), statement.signed_octets())
    anchor = Anchor(statement, authorization.algorithm, certificate, value)
    anchor.verify(where=str(output.path))
    data = anchor.encode()
    output.write(data)
    output.settle()
    trail.allowed(
        decision,
        output,
        build_guard(access, case.signer, case.workspace, certificate),
        key_uri=key.uri,
        digest=statement.digest(authorization.algorithm.hash_name),
        sha256_after=hashlib.sha256(data).hexdigest(),
    )
    output.release()
    return anchor


def verify_record(
    configuration: Configuration, log: Path | None, anchor: Path | None, certificate: Path | None
) -> tuple[str, AuditSummary, Anchor | None]:
    """Verify the configured record, or a log file elsewhere, and against an anchor if one is given.

    Returns where the record is, what it amounts to, and the anchor. A file needs no head file beside it when
    there is an anchor.

    Raises:
        AuditError: `audit-damaged`, `audit-unreadable`, `anchor-…`.
        UsageError: a file named is missing or malformed.

    """
    found = None if anchor is None else load_anchor(anchor, certificate, configuration)
    keep = frozenset({found.statement.head.sequence} if found else ())
    if log is None:
        store = open_audit(configuration)
        place, summary = store.place, store.verify(keep=keep)
    else:
        place, summary = str(log), verify_audit(log, head_needed=found is None, keep=keep)
    if found is not None:
        found.check(dict(summary.kept), summary.count, place=place, where=str(anchor))
    return place, summary, found


def load_anchor(path: Path, certificate: Path | None, configuration: Configuration) -> Anchor:
    """Load an anchor that a known key signed: of the certificate given, or of the signer that it names.

    Raises:
        AuditError: `anchor-signature`, or `anchor-signer` when its certificate is another.
        UsageError: a file is missing, or malformed.

    """
    anchor = Anchor.parse(read_file(path, what="anchor", limit=LARGEST_ANCHOR), where=str(path))
    signer = configuration.signers.get(anchor.statement.signer)
    expected = certificate or (signer.certificate if signer is not None else None)
    if expected is None:
        raise AuditError(
            "anchor-signer",
            f"{path}: whether its certificate is the right one is not known",
            hint="name the signer's certificate with --certificate",
        )
    data = read_file(expected, what="certificate", limit=_MAX_CERTIFICATE)
    if load_certificate(data, where=str(expected)) != anchor.certificate:
        raise AuditError(
            "anchor-signer",
            f"{path}: was not signed by the key of {expected}",
            hint="if the certificate was replaced since, name the one of that time with --certificate",
        )
    return anchor
