"""A workbook that no mapping fits can be signed, but nothing in it can be compared."""

from collections.abc import Iterable

from agent.findings import Level
from agent.policy.facts import FormFacts
from agent.policy.rule import Answer, Rule


def _check(facts: FormFacts) -> Iterable[Answer]:
    if facts.form is not None:
        return
    if facts.images:
        yield Answer(
            "document",
            "no form mapping fits the document, so its Hash cannot be compared with the image given",
            "sign without --image, or describe the form's columns in a mapping ([form] mapping)",
        )
    else:
        yield Answer(
            "document",
            "no form mapping fits the document: what it says, the Hash included, was not checked",
            "describe the form's columns in a mapping ([form] mapping); `iki cpl check` says which it knows",
            level=Level.WARN,
        )


def _evidence(facts: FormFacts) -> Iterable[str]:
    if facts.form is not None:
        yield f"the form is on sheet {facts.form.sheet!r}, with {len(facts.form.entries)} entries"


RULE = Rule(
    code="form-not-recognised",
    clause="docs/cpl.md, how it is read",
    summary="no mapping fits the document (warns); refuses when an image was given to compare",
    check=_check,
    evidence=_evidence,
)
