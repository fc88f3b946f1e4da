"""Only a manufacturer's signature that is TOTAL-PASSED now may be countersigned."""

from collections.abc import Iterable

from agent.operations import Operation
from agent.policy.facts import SigningFacts
from agent.policy.rule import Answer, Rule
from agent.roles import Role
from agent.verdicts import Indication


def _check(facts: SigningFacts) -> Iterable[Answer]:
    if facts.operation is not Operation.COUNTERSIGN:
        return
    hint = "ask the manufacturer for a document that `iki verify --require manufacturer` passes"
    first = [item for item in facts.signatures if item.claimed_role == Role.MANUFACTURER]
    if len(first) != 1:
        yield Answer(
            "document", f"it carries {len(first) or 'no'} manufacturer's signature to countersign", hint
        )
    for signature in first:
        if signature.verdict.indication is not Indication.TOTAL_PASSED:
            reason = signature.verdict.sub_indication or "see the findings"
            yield Answer(
                signature.part,
                f"the manufacturer's signature is {signature.verdict.indication} ({reason})",
                hint,
            )
    for problem in facts.record.problems:
        yield Answer(problem.finding.where, problem.finding.message, hint)


def _evidence(facts: SigningFacts) -> Iterable[str]:
    for signature in facts.signatures if facts.operation is Operation.COUNTERSIGN else ():
        yield f"{signature.part} as {signature.claimed_role or 'nobody'}: {signature.verdict.indication}"


RULE = Rule(
    code="countersign-verified-only",
    clause="MP168; ETSI EN 319 102-1 5.1",
    summary="the first signature is missing, or not TOTAL-PASSED at the time of countersigning",
    check=_check,
    evidence=_evidence,
)
