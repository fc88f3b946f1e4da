"""The document may carry no signature but what the operation expects."""

from collections.abc import Iterable

from agent.operations import Operation
from agent.policy.facts import SigningFacts
from agent.policy.rule import Answer, Rule
from agent.roles import Role


def _check(facts: SigningFacts) -> Iterable[Answer]:
    for signature in facts.signatures:
        expected = facts.operation is Operation.COUNTERSIGN and signature.claimed_role == Role.MANUFACTURER
        if not expected:
            signer = signature.certificate.display_name if signature.certificate else "an unknown signer"
            yield Answer(
                signature.part,
                f"the document already carries a signature by {signer} as"
                f" {signature.claimed_role or 'nobody'}",
                "to countersign a manufacturer's signature use `iki countersign`; to sign anew, start from"
                " the unsigned document",
            )
    if facts.operation is Operation.SIGN:
        for problem in facts.record.problems:
            yield Answer(
                problem.finding.where, f"the document has remains of a signature: {problem.finding.message}"
            )


def _evidence(facts: SigningFacts) -> Iterable[str]:
    for signature in facts.signatures:
        yield f"{signature.part} as {signature.claimed_role or 'nobody'}"
    if not facts.signatures:
        yield "no signature in the document, or beside it"


RULE = Rule(
    code="already-signed",
    clause="docs/signature.md, set of signatures",
    summary="the document carries a signature that the operation does not expect",
    check=_check,
    evidence=_evidence,
)
