"""What a rule is: one small object with its code, its clause and its check."""

from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

from agent.dataclass import dataclass
from agent.findings import CellRemark, Finding, Level
from agent.verdicts import Problem, SubIndication

FactsT = TypeVar("FactsT")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a check has to say before the policy gives it a level."""

    where: str
    message: str
    hint: str = ""
    sub_indication: SubIndication | None = None
    """What a verdict makes of it; None for what does not weigh on a verdict."""
    level: Level | None = None
    """A milder level than the rule's own, for what is only worth a warning."""
    remark: CellRemark | None = None
    """The cell of the form that it is about."""


@dataclass(frozen=True, slots=True)
class Rule(Generic[FactsT]):
    """One rule of the policy; `check` is pure and says everything it has to say."""

    code: str
    clause: str
    """The clause it comes from."""
    summary: str
    """What it refuses, for the documentation."""
    check: Callable[[FactsT], Iterable[Answer]]
    evidence: Callable[[FactsT], Iterable[str]]
    """What it looked at, in words with values, for `iki policy explain`; nothing when it does not apply."""
    level: Level = Level.REFUSE
    may_be_lowered: bool = False


def run_rule(rule: Rule[FactsT], facts: FactsT, level: Level) -> tuple[Problem, ...]:
    """Run one rule at the level the policy gives it; the milder of two levels stands."""
    return tuple(
        Problem(apply_level(rule, level, answer), answer.sub_indication) for answer in rule.check(facts)
    )


def apply_level(rule: Rule[FactsT], level: Level, answer: Answer) -> Finding:
    """Build the finding of an answer; the milder of the policy's level and the answer's stands."""
    milder = level if answer.level is None else milder_level(level, answer.level)
    return Finding(rule.code, milder, answer.where, answer.message, rule.clause, answer.hint, answer.remark)


def milder_level(first: Level, second: Level) -> Level:
    """Choose the milder of two levels."""
    return max(first, second, key=list(Level).index)
