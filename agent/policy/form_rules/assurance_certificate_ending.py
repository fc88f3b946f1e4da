"""An assurance certificate that ends soon is announced."""

from collections.abc import Iterable
from datetime import timedelta

from agent.cpl.dates import format_day
from agent.findings import Level
from agent.policy.assurance import find_ends
from agent.policy.facts import FormFacts
from agent.policy.form_remarks import remark
from agent.policy.rule import Answer, Rule


def _check(facts: FormFacts) -> Iterable[Answer]:
    if facts.form is None:
        return
    today, horizon = facts.at.date(), facts.settings.assurance_horizon
    ending = find_ends(facts.form, lambda end: end is not None and timedelta(0) <= end.day - today < horizon)
    for assurance, entry, field, end in ending:
        if end is not None:
            message = f"the {assurance.name} certificate ends on {format_day(end.day)}"
            yield remark(facts.form, entry, field, message, f"a day at least {horizon.days} days from now")


def _evidence(facts: FormFacts) -> Iterable[str]:
    if facts.form is not None:
        yield f"the horizon is {facts.settings.assurance_horizon.days} days away"


RULE = Rule(
    code="assurance-certificate-ending",
    clause="CPL submission form (ZigBee, DLMS and CPA assurance certificates)",
    summary="an assurance certificate that ends before the policy's horizon (`assurance_horizon_days`)",
    check=_check,
    evidence=_evidence,
    level=Level.WARN,
    may_be_lowered=True,
)
