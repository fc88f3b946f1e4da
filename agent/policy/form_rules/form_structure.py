"""Which sheet and which column is read must not be a guess."""

from collections.abc import Iterable

from agent.policy.facts import FormFacts
from agent.policy.rule import Answer, Rule


def _check(facts: FormFacts) -> Iterable[Answer]:
    for finding in facts.form.findings if facts.form else ():
        yield Answer(finding.where, finding.message, finding.hint, level=finding.level)


def _evidence(facts: FormFacts) -> Iterable[str]:
    if facts.form is not None:
        headings = ", ".join(column.heading for column in facts.form.columns.values())
        yield f"sheet {facts.form.sheet!r}, with the columns {headings}"


RULE = Rule(
    code="form-structure",
    clause="docs/cpl.md, how it is read",
    summary="more than one sheet is a submission form, or two columns stand for one field",
    check=_check,
    evidence=_evidence,
)
