"""What policy would say, and why, for programs and for people."""

from collections.abc import Iterator, Mapping
from typing import Any

from agent.config.policy import PolicySettings
from agent.findings import Level
from agent.instants import format_instant
from agent.policy.content import Stage
from agent.policy.engine import lowered_rules
from agent.policy.explanation import Explanation, RuleAnswer, RuleOutcome
from agent.policy.verdict import RoleBasis
from agent.report.verdict_report import LEVELS, ROLE_BASIS, describe_finding

_OUTCOMES = {
    RuleOutcome.REFUSED: "REFUSED",
    RuleOutcome.WARNED: "warning",
    RuleOutcome.INFORMED: "note",
    RuleOutcome.PASSED: "passed",
    RuleOutcome.NOT_APPLICABLE: "-",
}


def describe_explanation(explanation: Explanation) -> dict[str, object]:
    """Build the JSON object of an explanation (docs/schemas/policy-explain.schema.json)."""
    return {
        "operation": explanation.operation.value,
        "signer": explanation.signer.name,
        "role": explanation.signer.role.value,
        "role_basis": explanation.role_basis.value,
        "certificate": {
            "subject": explanation.certificate.subject,
            "display_name": explanation.certificate.display_name,
            "serial": explanation.certificate.serial_hex,
            "sha256": explanation.certificate.sha256.hex(),
        },
        "file": str(explanation.file) if explanation.file else None,
        "sha256": explanation.sha256,
        "at": format_instant(explanation.at),
        "refuses": explanation.refuses,
        "policy": describe_policy(explanation.policy),
        "lowered_at_signing": list(lowered_rules(explanation.policy, Stage.SIGN)),
        "rules": [_describe_answer(answer) for answer in explanation.answers],
    }


def describe_policy(policy: PolicySettings) -> dict[str, object]:
    """Build the JSON object that names a policy and its parties (docs/schemas/policy-check.schema.json)."""
    parties = policy.parties
    return {
        "where": policy.where,
        "sha256": policy.sha256,
        "lowered": list(lowered_rules(policy, *Stage)),
        "parties": {"where": parties.where, "sha256": parties.sha256} if parties else None,
    }


def _describe_answer(answer: RuleAnswer) -> dict[str, object]:
    return {
        "code": answer.code,
        "clause": answer.clause,
        "level": answer.level.value,
        "lowered": answer.lowered,
        "outcome": answer.outcome.value,
        "evidence": list(answer.evidence),
        "findings": [describe_finding(finding) | {"hint": finding.hint} for finding in answer.findings],
    }


def list_explanation_lines(explained: Mapping[str, Any]) -> Iterator[str]:
    """Yield what stands above the table of rules; `explained` is the JSON object, ours or the agent's."""
    certificate, policy, file = explained["certificate"], explained["policy"], explained["file"]
    answer = "would be refused" if explained["refuses"] else "would be allowed"
    what = f"{explained['operation']} {file}" if file else explained["operation"]
    yield f"{what} as {explained['signer']} ({explained['role']}) {answer}"
    yield f"  judged at {explained['at']}, without the key: the token was not logged in to"
    yield f"  certificate: {certificate['display_name']}, serial {certificate['serial']}"
    yield f"  policy: {policy['where']}, SHA-256 {policy['sha256']}"
    yield f"  {ROLE_BASIS[RoleBasis(explained['role_basis'])]}"
    if explained["lowered_at_signing"]:
        yield f"  rules lowered by the policy file: {', '.join(explained['lowered_at_signing'])}"
    if file is None:
        yield "  no workbook was named: rules about one do not apply"


def list_answer_rows(explained: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yield the rows of the table: rule, answer, and what it looked at and found, one in a row."""
    for answer in explained["rules"]:
        lines = [*answer["evidence"]]
        for finding in answer["findings"]:
            level = LEVELS[Level(finding["level"])]
            lines.append(f"{level}: {finding['where']}: {finding['message']} [{answer['clause']}]")
            if finding["hint"]:
                lines.append(f"hint: {finding['hint']}")
        first, *more = lines or [""]
        yield answer["code"], _OUTCOMES[RuleOutcome(answer["outcome"])], first
        yield from (("", "", line) for line in more)
