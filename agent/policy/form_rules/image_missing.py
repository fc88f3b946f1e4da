"""With a folder of all images at hand, every Hash is that of one of them."""

from collections.abc import Iterable

from agent.cpl.fields import FormField
from agent.policy.facts import FormFacts
from agent.policy.form_remarks import remark
from agent.policy.rule import Answer, Rule


def _check(facts: FormFacts) -> Iterable[Answer]:
    if facts.form is None or not facts.has_all_images:
        return
    known = {image.image_hash for image in facts.images}
    for entry in facts.form.entries:
        if entry.image_hash is not None and entry.image_hash not in known:
            message = "no image in the folder has this Hash"
            expected = "the Hash of one of the images given"
            yield remark(facts.form, entry, FormField.IMAGE_HASH, message, expected)


def _evidence(facts: FormFacts) -> Iterable[str]:
    if facts.form is not None and facts.has_all_images:
        yield f"{len(facts.images)} images, {len(facts.form.image_hashes)} different Hashes"


RULE = Rule(
    code="image-missing",
    clause="MP168 (Hash of the Manufacturer Image)",
    summary="with `iki cpl check --images DIR`: a Hash that is that of no image in the folder",
    check=_check,
    evidence=_evidence,
    may_be_lowered=True,
)
