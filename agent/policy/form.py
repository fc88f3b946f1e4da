"""What the policy makes of a form: its rules run, at signing, at verification and in `iki cpl check`."""

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import Final

from agent.config.policy import PolicySettings
from agent.findings import Finding, Level
from agent.policy.facts import FormFacts
from agent.policy.form_rules import FORM_RULES
from agent.policy.rule import Rule, apply_level, milder_level
from agent.verdicts import Problem, SubIndication

SHOWN: Final = 20
"""Findings of one rule and level that a decision keeps: a person reads no more, and a log keeps them all."""
ALL: Final = 100_000
"""The same of `iki cpl check` and of a verdict: as many as one may want to look at in a table."""


def run_form_rule(rule: Rule[FormFacts], facts: FormFacts, *, most: int = SHOWN) -> tuple[Finding, ...]:
    """Run one rule about the form, at the level that the policy gives it.

    Of a thousand wrong cells `most` are told one by one for each level, and the others in one finding.
    """
    level = facts.settings.levels.get(rule.code, rule.level)
    answers = (apply_level(rule, level, answer) for answer in rule.check(facts))
    first = tuple(islice(answers, most + 1))
    return tuple(_shorten(chain(first, answers), most)) if len(first) > most else first


def _shorten(findings: Iterable[Finding], most: int) -> Iterator[Finding]:
    counts: Counter[Level] = Counter()
    last: dict[Level, Finding] = {}
    for finding in findings:
        counts[finding.level] += 1
        last[finding.level] = finding
        if counts[finding.level] <= most:
            yield finding
    for level, finding in last.items():
        if counts[level] > most:
            message = f"the same in {_count(counts[level] - most)}: `iki cpl check FILE` lists them"
            yield Finding(finding.code, level, "form", message, finding.clause)


def _count(cells: int) -> str:
    return "1 more cell" if cells == 1 else f"{cells} more cells"


def judge_form(facts: FormFacts, *, most: int = SHOWN) -> tuple[Finding, ...]:
    """Run every rule about the form."""
    return tuple(finding for rule in FORM_RULES for finding in run_form_rule(rule, facts, most=most))


def judge_signed_form(facts: FormFacts) -> tuple[Problem, ...]:
    """Run every rule about a form at verification, where the policy says how much that weighs at most.

    What still refuses then makes the verdict INDETERMINATE, SIG_CONSTRAINTS_FAILURE: the signatures hold,
    and what they are on is not what the policy wants to see signed (EN 319 102-1 table 6).
    """
    return tuple(
        Problem(_cap(finding, facts.settings), SubIndication.SIG_CONSTRAINTS_FAILURE)
        for finding in judge_form(facts, most=ALL)
    )


def _cap(finding: Finding, settings: PolicySettings) -> Finding:
    level = milder_level(finding.level, settings.form_at_verify)
    return Finding(
        finding.code, level, finding.where, finding.message, finding.clause, finding.hint, finding.remark
    )
