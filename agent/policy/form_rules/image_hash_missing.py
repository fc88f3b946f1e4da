"""A recognised form without any Hash of a Manufacturer Image has nothing to sign for."""

from collections.abc import Iterable

from agent.policy.facts import FormFacts
from agent.policy.rule import Answer, Rule


def _check(facts: FormFacts) -> Iterable[Answer]:
    if facts.form is not None and not facts.form.entries:
        yield Answer(
            facts.form.sheet,
            "the form holds no entries, so there is nothing to sign for",
            "fill in a row for each Device Model, below the headings",
        )
    elif facts.form is not None and not facts.form.image_hashes:
        yield Answer(
            facts.form.sheet,
            "the form holds no Hash of a Manufacturer Image, so there is nothing to sign for",
            "print the Hash with `iki cpl hash IMAGE` and put it in the form",
        )


def _evidence(facts: FormFacts) -> Iterable[str]:
    if facts.form is not None:
        yield f"{len(facts.form.image_hashes)} different Hashes in the form"


RULE = Rule(
    code="image-hash-missing",
    clause="MP168 (a submission with a Hash is to be signed)",
    summary="the recognised form has no Hash of a Manufacturer Image",
    check=_check,
    evidence=_evidence,
    may_be_lowered=True,
)
