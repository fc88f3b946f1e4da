"""The Hash in the form must be the SHA-256 of the image that was given."""

from collections.abc import Iterable

from agent.findings import Level
from agent.policy.facts import FormFacts
from agent.policy.rule import Answer, Rule


def _check(facts: FormFacts) -> Iterable[Answer]:
    if facts.form is None or not facts.form.image_hashes:
        return
    known = set(facts.form.image_hashes)
    for image in facts.images:
        if image.image_hash not in known:
            yield Answer(
                facts.form.sheet,
                f"no row holds the Hash of {image.file} ({image.what}), {image.image_hash.hex().upper()}",
                "compare the form with `iki cpl hash IMAGE`",
                # Of a folder some files may be anything else.
                level=Level.INFORM if facts.has_all_images else None,
            )


def _evidence(facts: FormFacts) -> Iterable[str]:
    if facts.form is not None and facts.form.image_hashes:
        for image in facts.images:
            yield f"SHA-256 of {image.file} ({image.what}): {image.image_hash.hex().upper()}"


RULE = Rule(
    code="image-hash-mismatch",
    clause="MP168 (Hash of the Manufacturer Image)",
    summary="no Hash in the form is the SHA-256 of the image file given",
    check=_check,
    evidence=_evidence,
)
