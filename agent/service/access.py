"""Who asks for a key, how often it was used, and what the clock must be after."""

from datetime import datetime, timedelta

from agent.audit.history import AuditHistory, read_history
from agent.audit.records import current_requester
from agent.config.signers import SignerSettings
from agent.operations import Operation
from agent.pki.certificate import SigningCertificate
from agent.policy.facts import AccessFacts, NewestSeen
from agent.service.workspace import Workspace

_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)


def collect_access(
    operation: Operation,
    signer: SignerSettings,
    workspace: Workspace,
    *,
    at: datetime,
    certificate: SigningCertificate | None = None,
    newest_crl: NewestSeen | None = None,
) -> AccessFacts:
    """Collect what the rules about the use of a key look at.

    The audit log is read back as far as a quota reaches: without one, to the last signature.

    Raises:
        AuditError: the log cannot be read, or its end is damaged.

    """
    access = signer.access
    span = _DAY if access.quota_per_day is not None else _HOUR if access.quota_per_hour is not None else None
    history = read_history(workspace.audit_path, since=at - span if span else None)
    requester = current_requester()
    return AccessFacts(
        operation=operation,
        signer=signer.name,
        requester=requester.name,
        uid=requester.uid,
        at=at,
        access=access,
        used_last_hour=_count(history, signer, certificate, at - _HOUR),
        used_last_day=_count(history, signer, certificate, at - _DAY),
        newest_seen=_find_newest(history, newest_crl),
        settings=workspace.policy,
    )


def _count(
    history: AuditHistory, signer: SignerSettings, certificate: SigningCertificate | None, since: datetime
) -> int:
    """Count the signatures with this name or this certificate: a second name for a key is no second quota."""
    sha256 = certificate.sha256.hex() if certificate else None
    return sum(
        use.time > since
        and (use.signer == signer.name or (sha256 is not None and use.certificate_sha256 == sha256))
        for use in history.uses
    )


def _find_newest(history: AuditHistory, newest_crl: NewestSeen | None) -> NewestSeen | None:
    line = history.newest
    newest_line = NewestSeen(line.time, f"record {line.sequence} of the audit log") if line else None
    found = [item for item in (newest_crl, newest_line) if item is not None]
    return max(found, key=lambda item: item.at, default=None)
