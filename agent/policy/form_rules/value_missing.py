"""An entry says all that makes it an entry."""

from collections.abc import Iterable

from agent.policy.facts import FormFacts
from agent.policy.form_remarks import count_entries, remark
from agent.policy.rule import Answer, Rule


def _check(facts: FormFacts) -> Iterable[Answer]:
    form = facts.form
    if form is None:
        return
    # Where as many cells say something as there are entries none is missing.
    required = [
        field
        for field in form.columns
        if field in form.required and len(form.cells_of(field)) < len(form.entries)
    ]
    for entry in form.entries if required else ():
        for field in required:
            cell = entry.cells.get(field)
            if cell is None or not (cell.is_formula or cell.text.strip(" ")):
                yield remark(form, entry, field, "missing", f"the {field.words} of the Device Model")


RULE = Rule(
    code="value-missing",
    clause="docs/cpl.md, how it is read",
    summary="an entry without what the form mapping requires of every entry",
    check=_check,
    evidence=count_entries,
    may_be_lowered=True,
)
