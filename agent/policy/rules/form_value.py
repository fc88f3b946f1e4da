"""A Hash cell that does not hold a hash is not signed for."""

from collections.abc import Iterable

from agent.policy.facts import SigningFacts
from agent.policy.rule import Answer, Rule


def _check(facts: SigningFacts) -> Iterable[Answer]:
    for finding in facts.form.findings if facts.form else ():
        yield Answer(finding.where, finding.message, finding.hint, level=finding.level)


def _evidence(facts: SigningFacts) -> Iterable[str]:
    if facts.form is not None:
        yield f"{len(facts.form.entries)} entries were read, {len(facts.form.findings)} remarks"


RULE = Rule(
    code="form-value",
    clause="MP168 (hexadecimal Device Model details and Hash)",
    summary="a cell of the form that is read does not hold what the form asks for",
    check=_check,
    evidence=_evidence,
)
