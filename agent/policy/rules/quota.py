"""No quota of signatures may be used up: of the signer, or of whoever asks."""

from collections.abc import Iterable

from agent.policy.facts import AccessFacts
from agent.policy.rule import Answer, Rule


def _check(facts: AccessFacts) -> Iterable[Answer]:
    for usage in facts.usages:
        if usage.used >= usage.quota:
            yield Answer(
                usage.subject,
                f"{usage.used} signatures in the last {usage.span}, the quota is {usage.quota}",
                f"wait, or raise {usage.setting}",
            )


def _evidence(facts: AccessFacts) -> Iterable[str]:
    for usage in facts.usages:
        yield f"{usage.subject}: {usage.used} of {usage.quota} signatures in the last {usage.span}"


RULE = Rule(
    code="quota",
    clause="docs/policy.md",
    summary="a quota of signatures per minute, hour or day, of the signer or of the requester, is used up",
    check=_check,
    evidence=_evidence,
)
