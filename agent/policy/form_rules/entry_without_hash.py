"""Beside entries that have a Hash, one without is told: it may be meant, and it may be forgotten."""

from collections.abc import Iterable

from agent.cpl.fields import FormField
from agent.findings import Level
from agent.policy.facts import FormFacts
from agent.policy.form_remarks import count_entries, list_without_hash, remark
from agent.policy.rule import Answer, Rule


def _check(facts: FormFacts) -> Iterable[Answer]:
    form = facts.form
    without = list_without_hash(form) if form else ()
    # Of a form where no entry has one `image-hash-missing` speaks.
    if form is None or len(without) == len(form.entries):
        return
    for entry in without:
        message = "missing, where other entries have one: nothing says which image this Device Model has"
        expected = "the Hash, as `iki cpl hash IMAGE` prints it, unless the manufacturer holds none"
        yield remark(form, entry, FormField.IMAGE_HASH, message, expected)


RULE = Rule(
    code="entry-without-hash",
    clause="MP168 (who holds the Hash of a Manufacturer Image signs it)",
    summary="an entry without a Hash in a form where others have one",
    check=_check,
    evidence=count_entries,
    level=Level.WARN,
    may_be_lowered=True,
)
