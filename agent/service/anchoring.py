"""Anchoring: the head of the record, signed by a key on its token, and recorded like every signature."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from agent.audit.anchor import LARGEST_ANCHOR, Anchor, AnchorStatement
from agent.audit.door import AuditStore, AuditSummary
from agent.audit.verification import verify_audit
from agent.config.configuration import Configuration
from agent.config.signers import SignerSettings
from agent.errors import AuditError, TokenError
from agent.operations import Operation
from agent.pki.certificate import SigningCertificate, load_certificate
from agent.policy.authorization import authorize_anchor
from agent.policy.collecting import find_newest_crl
from agent.policy.engine import decide_anchor
from agent.policy.facts import AccessFacts, CertificateFacts
from agent.service.access import build_guard, collect_access
from agent.service.audit_trail import AuditTrail
from agent.service.case import collect_signer
from agent.service.files import read_file
from agent.service.keys import SignerKey, TokenDoor, load_signer_certificate, open_signer_key
from agent.service.pins.terminal import Operator
from agent.service.recording import open_audit
from agent.service.release import PendingOutput
from agent.service.trust import load_configured_trust
from agent.service.workspace import Workspace

_MAX_CERTIFICATE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class _AnchorCase:
    """What the rules look at, before the PIN and with the key."""

    signer: SignerSettings
    certificate: SigningCertificate
    workspace: Workspace

    def facts(self) -> tuple[CertificateFacts, AccessFacts]:
        """Collect the facts as of now."""
        at = datetime.now(UTC)
        trust = load_configured_trust(self.workspace.configuration, fetch_for=(self.certificate,))
        signer = collect_signer(self.signer, self.certificate, trust, self.workspace.policy, at)
        access = collect_access(
            Operation.AUDIT_ANCHOR,
            self.signer,
            self.workspace,
            at=at,
            certificate=self.certificate,
            newest_crl=find_newest_crl(signer, trust),
        )
        return signer, access


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
            case = _AnchorCase(signer, certificate, workspace)
            decide_anchor(*case.facts()).require_allowed()
            key = open_signer_key(signer, door, operator)
            return _sign(case, key, store, output, trail)


def _sign(
    case: _AnchorCase, key: SignerKey, store: AuditStore, output: PendingOutput, trail: AuditTrail
) -> Anchor:
    certificate = case.certificate
    if key.public_key != certificate.spki_der:
        raise TokenError(
            "key-not-of-certificate",
            f"the key {key.uri} is not that of the signer's certificate",
            hint="correct the signer's token or certificate in the configuration",
        )
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
