"""Whoever asks must be one of those who may use the key, and within its quota."""

from collections.abc import Iterable

from agent.policy.facts import AccessFacts
from agent.policy.rule import Answer, Rule


def _check(facts: AccessFacts) -> Iterable[Answer]:
    allowed = facts.access.requesters
    if allowed is not None and not _names(facts) & set(allowed):
        yield Answer(
            _who(facts),
            f"this requester may not use the key of {facts.signer} to {facts.operation}",
            f"ask one of {', '.join(allowed)}, or correct [signers.{facts.signer}] requesters",
        )
    for used, quota, span in _quotas(facts):
        if quota is not None and used >= quota:
            yield Answer(
                facts.signer,
                f"{used} signatures in the last {span}, the quota is {quota}",
                f"wait, or raise [signers.{facts.signer}] quota_per_{span}",
            )


def _names(facts: AccessFacts) -> set[str]:
    return {facts.requester} if facts.uid is None else {facts.requester, f"uid:{facts.uid}"}


def _who(facts: AccessFacts) -> str:
    return facts.requester if facts.uid is None else f"{facts.requester} (uid {facts.uid})"


def _quotas(facts: AccessFacts) -> tuple[tuple[int, int | None, str], ...]:
    access = facts.access
    return (
        (facts.used_last_hour, access.quota_per_hour, "hour"),
        (facts.used_last_day, access.quota_per_day, "day"),
    )


def _evidence(facts: AccessFacts) -> Iterable[str]:
    allowed = facts.access.requesters
    yield f"{_who(facts)}; allowed: {'everybody' if allowed is None else ', '.join(allowed)}"
    for used, quota, span in _quotas(facts):
        if quota is not None:
            yield f"{used} of {quota} signatures in the last {span}"


RULE = Rule(
    code="requester",
    clause="docs/policy.md",
    summary="the user may not use this key, or its quota of signatures per hour or day is used up",
    check=_check,
    evidence=_evidence,
)
