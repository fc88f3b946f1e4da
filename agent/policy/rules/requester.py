"""Whoever asks must be one of those who may use the key."""

from collections.abc import Iterable

from agent.policy.facts import AccessFacts
from agent.policy.rule import Answer, Rule


def _check(facts: AccessFacts) -> Iterable[Answer]:
    allowed = facts.access.requesters
    if facts.access.allows(facts.requester, facts.uid):
        return
    if allowed is None:
        yield Answer(
            _who(facts),
            f"the key of {facts.signer} has no list of requesters: it is for users of its machine alone",
            f'add it to [signers.{facts.signer}] requesters: "{facts.requester}"',
        )
    else:
        yield Answer(
            _who(facts),
            f"this requester may not use the key of {facts.signer} to {facts.operation}",
            f"ask one of {', '.join(allowed)}, or correct [signers.{facts.signer}] requesters",
        )


def _who(facts: AccessFacts) -> str:
    return facts.requester if facts.uid is None else f"{facts.requester} (uid {facts.uid})"


def _evidence(facts: AccessFacts) -> Iterable[str]:
    allowed = facts.access.requesters
    yield f"{_who(facts)}; allowed: {'everybody' if allowed is None else ', '.join(allowed)}"


RULE = Rule(
    code="requester",
    clause="docs/policy.md",
    summary="the requester may not use this key",
    check=_check,
    evidence=_evidence,
)
