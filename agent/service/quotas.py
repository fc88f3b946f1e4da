"""Quotas of signatures: which hold for a use of a key, and that none is used up when it is recorded."""

from dataclasses import replace
from datetime import datetime, timedelta

from agent.audit.door import UsageQuery
from agent.config.configuration import Configuration
from agent.config.quotas import SPAN_SECONDS, Quotas
from agent.config.signers import SignerSettings
from agent.dataclass import dataclass
from agent.pki.certificate import SigningCertificate
from agent.policy.engine import decide_access
from agent.policy.facts import AccessFacts, QuotaUsage


@dataclass(frozen=True, slots=True)
class HoldingQuota:
    """One quota that holds for a use of a key, and what to count for it."""

    usage: QuotaUsage
    """As long as nothing was counted."""
    signer: str | None = None
    certificate_sha256: str | None = None
    requester: str | None = None

    def build_query(self, at: datetime) -> UsageQuery:
        """Build what is to be counted at an instant."""
        since = at - timedelta(seconds=SPAN_SECONDS[self.usage.span])
        return UsageQuery(since, self.signer, self.certificate_sha256, self.requester)


def list_quotas(
    configuration: Configuration,
    signer: SignerSettings,
    certificate: SigningCertificate | None,
    requester: str,
) -> tuple[HoldingQuota, ...]:
    """List the quotas for a use of a signer's key: the signer's, then the requester's.

    A second name for a certificate is no second quota: both count.
    """
    sha256 = certificate.sha256.hex() if certificate else None
    setting = f"[signers.{signer.name}] quota_per_"
    own = [
        HoldingQuota(usage, signer=signer.name, certificate_sha256=sha256)
        for usage in _list_usages(signer.name, signer.access.quotas, setting)
    ]
    table, quotas = configuration.quotas.find_for(requester)
    theirs = [
        HoldingQuota(usage, requester=requester)
        for usage in _list_usages(f"the requester {requester}", quotas, f"{table} per_")
    ]
    return (*own, *theirs)


def fill_usages(quotas: tuple[HoldingQuota, ...], counts: tuple[int, ...]) -> tuple[QuotaUsage, ...]:
    """Fill in what was counted."""
    return tuple(replace(quota.usage, used=used) for quota, used in zip(quotas, counts, strict=True))


@dataclass(frozen=True, slots=True)
class QuotaGuard:
    """The policy's last word when a use of a key is recorded: the quotas, counted in the same step."""

    facts: AccessFacts
    quotas: tuple[HoldingQuota, ...]

    def list_queries(self, at: datetime) -> tuple[UsageQuery, ...]:
        """List what is to be counted."""
        return tuple(quota.build_query(at) for quota in self.quotas)

    def decide(self, at: datetime, counts: tuple[int, ...]) -> None:
        """Decide again with what is on record now.

        Raises:
            PolicyRefusedError: another signature used up what was left.

        """
        del at  # the clock was judged at the decision; a recording does not look at it again
        usages = fill_usages(self.quotas, counts)
        if usages:
            decide_access(replace(self.facts, usages=usages)).require_allowed()


def _list_usages(subject: str, quotas: Quotas, setting: str) -> list[QuotaUsage]:
    return [QuotaUsage(subject, 0, quota, span, setting + span) for span, quota in quotas]
