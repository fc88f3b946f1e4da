"""The engine: it runs every rule, reports every finding, and lets nothing through by omission."""

from collections.abc import Iterable
from itertools import chain
from typing import Any

from agent.config.policy import PolicySettings
from agent.dataclass import dataclass
from agent.errors import IkiError, UsageError
from agent.exits import ExitStatus
from agent.findings import Finding, refusals
from agent.policy.content import Stage, check_lint_levels, judge_content, lowered_lints
from agent.policy.facts import AccessFacts, CertificateFacts, SigningFacts
from agent.policy.form import judge_form
from agent.policy.form_rules import FORM_RULES
from agent.policy.rule import FactsT, Rule, milder_level, run_rule
from agent.policy.rules import ACCESS_RULES, CERTIFICATE_RULES, SIGNING_RULES
from agent.verdicts import Problem


class PolicyRefusedError(IkiError):
    """Policy said no; `findings` are all that was found, not only what refuses."""

    exit_status = ExitStatus.REFUSED

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        """Speak with the first refusing finding, keep all."""
        first = refusals(findings)[0]
        super().__init__(first.code, first.message, hint=first.hint)
        self.findings = findings


@dataclass(frozen=True, slots=True)
class Decision:
    """What the rules found."""

    findings: tuple[Finding, ...]
    lowered: tuple[str, ...]
    """Codes of the rules that the policy file made milder."""

    def require_allowed(self) -> None:
        """Return if nothing refuses.

        Raises:
            PolicyRefusedError: with every finding.

        """
        if refusals(self.findings):
            raise PolicyRefusedError(self.findings)


def list_rules() -> tuple[Rule[Any], ...]:
    """List every rule: about the certificate, the use of the key, the document, and what its form says."""
    return (*CERTIFICATE_RULES, *ACCESS_RULES, *SIGNING_RULES, *FORM_RULES)


def check_levels(settings: PolicySettings) -> None:
    """Check that the policy file lowers only known rules, and only those that may be lowered.

    Raises:
        UsageError: `policy-rule-unknown`, `policy-rule-not-lowerable` or `policy-lint-unknown`.

    """
    check_lint_levels(settings)
    rules = {rule.code: rule for rule in list_rules()}
    for code, level in settings.levels.items():
        if code not in rules:
            raise UsageError(
                "policy-rule-unknown",
                f"{settings.where}: levels.{code}: there is no such rule",
                hint=f"the rules are {', '.join(sorted(rules))}",
            )
        if milder_level(level, rules[code].level) is not rules[code].level and not rules[code].may_be_lowered:
            raise UsageError(
                "policy-rule-not-lowerable",
                f"{settings.where}: levels.{code}: this rule may not be lowered",
                hint="remove the line",
            )


def judge_certificate(facts: CertificateFacts) -> tuple[Problem, ...]:
    """Run every rule about a signer's certificate."""
    return _run(CERTIFICATE_RULES, facts, facts.settings)


def decide(facts: SigningFacts) -> Decision:
    """Run every rule about a signing operation, those about the certificate and the content included."""
    problems = (
        *judge_certificate(facts.signer),
        *_run(ACCESS_RULES, facts.access, facts.settings),
        *_run(SIGNING_RULES, facts, facts.settings),
    )
    of_content = judge_content(facts.observations, facts.settings, Stage.SIGN)
    findings = (
        *(problem.finding for problem in problems),
        *judge_form(facts.of_form),
        *(problem.finding for problem in of_content),
    )
    return Decision(findings, lowered_rules(facts.settings, Stage.SIGN))


def decide_key_use(signer: CertificateFacts, access: AccessFacts) -> Decision:
    """Run every rule about a certificate and the use of its key: what is no document has no others."""
    problems = (*judge_certificate(signer), *_run(ACCESS_RULES, access, signer.settings))
    return Decision(tuple(problem.finding for problem in problems), lowered_rules(signer.settings))


def decide_access(facts: AccessFacts) -> Decision:
    """Run every rule about the use of a key for what has no certificate yet: a certification request."""
    problems = _run(ACCESS_RULES, facts, facts.settings)
    return Decision(tuple(problem.finding for problem in problems), lowered_rules(facts.settings))


def lowered_rules(settings: PolicySettings, *stages: Stage) -> tuple[str, ...]:
    """List what the policy file made milder, lints at these stages: for reports and audit records."""
    own = {rule.code: rule.level for rule in list_rules()}
    rules = sorted(
        code
        for code, level in settings.levels.items()
        if level is not own[code] and milder_level(level, own[code]) is level
    )
    return (*rules, *lowered_lints(settings, *stages))


def _run(rules: Iterable[Rule[FactsT]], facts: FactsT, settings: PolicySettings) -> tuple[Problem, ...]:
    chosen = tuple(rules)
    if not chosen:
        raise UsageError("policy-empty", "the policy has no rules, so it cannot allow anything")
    return tuple(
        chain.from_iterable(
            run_rule(rule, facts, settings.levels.get(rule.code, rule.level)) for rule in chosen
        )
    )
