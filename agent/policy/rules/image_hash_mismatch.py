"""The Hash in the form must be the SHA-256 of the image that was given."""

from collections.abc import Iterable

from agent.policy.facts import SigningFacts
from agent.policy.rule import Answer, Rule


def _check(facts: SigningFacts) -> Iterable[Answer]:
    if facts.form is None or facts.image_hash is None or not facts.form.image_hashes:
        return
    if facts.image_hash not in facts.form.image_hashes:
        yield Answer(
            facts.form.sheet,
            f"no row holds the Hash of the image given, {facts.image_hash.hex().upper()}",
            "compare the form with `iki cpl hash IMAGE`",
        )


def _evidence(facts: SigningFacts) -> Iterable[str]:
    if facts.form is not None and facts.image_hash is not None and facts.form.image_hashes:
        yield f"SHA-256 of the image: {facts.image_hash.hex().upper()}"


RULE = Rule(
    code="image-hash-mismatch",
    clause="MP168 (Hash of the Manufacturer Image)",
    summary="the Hash is not the SHA-256 of the image file given",
    check=_check,
    evidence=_evidence,
)
