"""With images at hand no entry is without a Hash; with a folder of all of them, each Hash is that of one."""

from collections.abc import Iterable

from agent.cpl.fields import FormField
from agent.policy.facts import FormFacts
from agent.policy.form_remarks import list_without_hash, remark
from agent.policy.rule import Answer, Rule


def _check(facts: FormFacts) -> Iterable[Answer]:
    if facts.form is None:
        return
    # Of a form where no entry has a Hash `image-hash-missing` speaks.
    for entry in list_without_hash(facts.form) if _compares(facts) and facts.form.image_hashes else ():
        message = "no Hash, so no image can be that of this entry"
        yield remark(facts.form, entry, FormField.IMAGE_HASH, message, "the Hash of one of the images given")
    if not facts.has_all_images:
        return
    known = {image.image_hash for image in facts.images}
    for entry in facts.form.entries:
        if entry.image_hash is not None and entry.image_hash not in known:
            message = "no image in the folder has this Hash"
            expected = "the Hash of one of the images given"
            yield remark(facts.form, entry, FormField.IMAGE_HASH, message, expected)


def _compares(facts: FormFacts) -> bool:
    return bool(facts.images) or facts.has_all_images


def _evidence(facts: FormFacts) -> Iterable[str]:
    if facts.form is not None and facts.has_all_images:
        yield f"{len(facts.images)} images, {len(facts.form.image_hashes)} different Hashes"


RULE = Rule(
    code="image-missing",
    clause="MP168 (Hash of the Manufacturer Image)",
    summary="with images given: an entry without a Hash; with `iki cpl check --images DIR` also a Hash"
    " that is that of no image in the folder",
    check=_check,
    evidence=_evidence,
    may_be_lowered=True,
)
