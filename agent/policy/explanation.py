"""Each rule's answer and what it looked at, instead of findings alone: for people who want to know why."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from agent.config.policy import PolicySettings
from agent.config.signers import SignerSettings
from agent.dataclass import dataclass
from agent.findings import Finding, Level
from agent.operations import Operation
from agent.pki.certificate import SigningCertificate
from agent.policy.content import Stage, content_lints, default_level, judge_content, lint_level
from agent.policy.facts import AccessFacts, CertificateFacts, FormFacts, SigningFacts
from agent.policy.form import run_form_rule
from agent.policy.form_rules import FORM_RULES
from agent.policy.rule import FactsT, Rule, milder_level, run_rule
from agent.policy.rules import ACCESS_RULES, CERTIFICATE_RULES, SIGNING_RULES
from agent.policy.verdict import RoleBasis, find_role_basis


class RuleOutcome(StrEnum):
    """What a rule has to say, the worst of it."""

    REFUSED = "refused"
    WARNED = "warned"
    INFORMED = "informed"
    PASSED = "passed"
    NOT_APPLICABLE = "not-applicable"
    """It had nothing to look at."""


_OUTCOMES = {
    Level.REFUSE: RuleOutcome.REFUSED,
    Level.WARN: RuleOutcome.WARNED,
    Level.INFORM: RuleOutcome.INFORMED,
}


@dataclass(frozen=True, slots=True)
class RuleAnswer:
    """One rule's answer."""

    code: str
    clause: str
    level: Level
    """The level that the policy in force gives the rule."""
    lowered: bool
    outcome: RuleOutcome
    evidence: tuple[str, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """Every rule's answer about one signer, and one document if there was one."""

    operation: Operation
    signer: SignerSettings
    certificate: SigningCertificate
    file: Path | None
    sha256: str | None
    """Of the document, hex."""
    at: datetime
    policy: PolicySettings
    answers: tuple[RuleAnswer, ...]

    @property
    def refuses(self) -> bool:
        """Tell whether the operation would be refused."""
        return any(answer.outcome is RuleOutcome.REFUSED for answer in self.answers)

    @property
    def role_basis(self) -> RoleBasis:
        """What the signer's role rests on."""
        return find_role_basis(self.policy)


def explain_signing(facts: SigningFacts) -> tuple[RuleAnswer, ...]:
    """Run every rule about a signing operation, as `decide` does, and keep what each one says."""
    return (
        *_explain(CERTIFICATE_RULES, facts.signer, facts.settings),
        *_explain(ACCESS_RULES, facts.access, facts.settings),
        *_explain(SIGNING_RULES, facts, facts.settings),
        *_explain_form(facts.of_form),
        *_explain_content(facts),
    )


def _explain_content(facts: SigningFacts) -> tuple[RuleAnswer, ...]:
    """Answer for the content lints that observed something; the others have nothing to say."""
    observed = dict.fromkeys(item.code for item in facts.observations)
    findings = [problem.finding for problem in judge_content(facts.observations, facts.settings, Stage.SIGN)]
    answers = []
    for code in observed:
        lint = content_lints()[code]
        level, ordinary = lint_level(lint, Stage.SIGN, facts.settings), default_level(lint, Stage.SIGN)
        found = tuple(finding for finding in findings if finding.code == code)
        lowered = list(Level).index(level) > list(Level).index(ordinary)
        answers.append(RuleAnswer(code, lint.clause, level, lowered, _OUTCOMES[level], (), found))
    return tuple(answers)


def explain_key(signer: CertificateFacts, access: AccessFacts) -> tuple[RuleAnswer, ...]:
    """Run the rules that need no document; those that do are named as not applicable."""
    return (
        *_explain(CERTIFICATE_RULES, signer, signer.settings),
        *_explain(ACCESS_RULES, access, access.settings),
        *(_answer(rule, signer.settings, (), ()) for rule in SIGNING_RULES),
        *(_answer(rule, signer.settings, (), ()) for rule in FORM_RULES),
    )


def _explain(
    rules: Iterable[Rule[FactsT]], facts: FactsT, settings: PolicySettings
) -> tuple[RuleAnswer, ...]:
    answers = []
    for rule in rules:
        problems = run_rule(rule, facts, settings.levels.get(rule.code, rule.level))
        findings = tuple(problem.finding for problem in problems)
        answers.append(_answer(rule, settings, findings, tuple(rule.evidence(facts))))
    return tuple(answers)


def _explain_form(facts: FormFacts) -> tuple[RuleAnswer, ...]:
    return tuple(
        _answer(rule, facts.settings, run_form_rule(rule, facts), tuple(rule.evidence(facts)))
        for rule in FORM_RULES
    )


def _answer(
    rule: Rule[FactsT], settings: PolicySettings, findings: tuple[Finding, ...], evidence: tuple[str, ...]
) -> RuleAnswer:
    level = settings.levels.get(rule.code, rule.level)
    outcome = RuleOutcome.PASSED if evidence else RuleOutcome.NOT_APPLICABLE
    if findings:
        outcome = _OUTCOMES[min((finding.level for finding in findings), key=list(Level).index)]
    lowered = level is not rule.level and milder_level(level, rule.level) is level
    return RuleAnswer(rule.code, rule.clause, level, lowered, outcome, evidence, findings)
