"""An assurance certificate that has ended assures nothing."""

from collections.abc import Iterable

from agent.cpl.dates import format_day
from agent.policy.assurance import find_ends
from agent.policy.facts import FormFacts
from agent.policy.form_remarks import remark
from agent.policy.rule import Answer, Rule


def _check(facts: FormFacts) -> Iterable[Answer]:
    if facts.form is None:
        return
    today = facts.at.date()
    ended = find_ends(facts.form, lambda end: end is not None and end.day < today)
    for assurance, entry, field, end in ended:
        if end is not None:
            message = f"the {assurance.name} certificate ended on {format_day(end.day)}"
            yield remark(facts.form, entry, field, message, f"a day from {format_day(today)} on")


def _evidence(facts: FormFacts) -> Iterable[str]:
    if facts.form is not None:
        yield f"judged on {format_day(facts.at.date())} (UTC); the last day counts"


RULE = Rule(
    code="assurance-certificate-expired",
    clause="CPL submission form (ZigBee, DLMS and CPA assurance certificates)",
    summary="an assurance certificate whose expiry or renewal date has passed",
    check=_check,
    evidence=_evidence,
    may_be_lowered=True,
)
