"""The clock may not be before anything that was already seen: no key is used in the past."""

from collections.abc import Iterable

from agent.instants import format_instant
from agent.policy.facts import AccessFacts
from agent.policy.rule import Answer, Rule


def _check(facts: AccessFacts) -> Iterable[Answer]:
    newest = facts.newest_seen
    # Audit records and CRLs are kept in whole seconds; so is the comparison.
    if newest is not None and facts.at.replace(microsecond=0) < newest.at.replace(microsecond=0):
        yield Answer(
            "clock",
            f"the clock says {format_instant(facts.at)}, which is before {format_instant(newest.at)},"
            f" {newest.what}",
            "set the clock right (or, if it was wrong before, ask whoever keeps the audit log)",
        )


def _evidence(facts: AccessFacts) -> Iterable[str]:
    newest = facts.newest_seen
    yield f"the clock says {format_instant(facts.at)}"
    yield f"newest seen: {format_instant(newest.at)}, {newest.what}" if newest else "nothing was seen before"


RULE = Rule(
    code="clock",
    clause="docs/policy.md (RFC 5280 6.3.3 judges by the current time)",
    summary="the clock is before the newest thisUpdate, or audit record, seen so far",
    check=_check,
    evidence=_evidence,
)
