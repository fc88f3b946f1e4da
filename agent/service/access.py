"""Who asks for a key, how often it was used, and what the clock must be after."""

from datetime import UTC, datetime

from agent.audit.door import AuditUsage
from agent.audit.records import Requester, current_requester
from agent.config.signers import SignerSettings
from agent.operations import Operation
from agent.pki.certificate import SigningCertificate
from agent.policy.facts import AccessFacts, NewestSeen
from agent.service.audit_turn import AUDIT_TURN
from agent.service.quotas import QuotaGuard, fill_usages, list_quotas
from agent.service.recording import open_audit
from agent.service.workspace import Workspace


def collect_access(
    operation: Operation,
    signer: SignerSettings,
    workspace: Workspace,
    *,
    at: datetime,
    certificate: SigningCertificate | None = None,
    newest_crl: NewestSeen | None = None,
    requester: Requester | None = None,
) -> AccessFacts:
    """Collect what the rules about the use of a key look at.

    The record is read back as far as a quota reaches: without one, to the last signature. `requester` is
    whoever asked the daemon; None means the user that this process runs as.

    Raises:
        AuditError: the record cannot be read, or its end is damaged.

    """
    requester = requester or current_requester()
    quotas = list_quotas(workspace.configuration, signer, certificate, requester.name)
    queries = tuple(each.build_query(at) for each in quotas)
    with AUDIT_TURN:
        usage = open_audit(workspace.configuration).count_usage(queries)
    return AccessFacts(
        operation=operation,
        signer=signer.name,
        requester=requester.name,
        uid=requester.uid,
        # What others recorded since `at` was taken is no sign of a clock that was set back.
        at=max(at, datetime.now(UTC)),
        access=signer.access,
        usages=fill_usages(quotas, usage.counts),
        newest_seen=_find_newest(usage, newest_crl),
        settings=workspace.policy,
    )


def build_guard(
    facts: AccessFacts, signer: SignerSettings, workspace: Workspace, certificate: SigningCertificate | None
) -> QuotaGuard:
    """Build what has the last word when a signature that these facts allowed is recorded."""
    return QuotaGuard(facts, list_quotas(workspace.configuration, signer, certificate, facts.requester))


def _find_newest(usage: AuditUsage, newest_crl: NewestSeen | None) -> NewestSeen | None:
    newest_record = None
    if usage.newest is not None:
        at, sequence = usage.newest
        newest_record = NewestSeen(at, f"record {sequence} of the audit log")
    found = [item for item in (newest_crl, newest_record) if item is not None]
    return max(found, key=lambda item: item.at, default=None)
