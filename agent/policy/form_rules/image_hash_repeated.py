"""Two firmware versions have two images: one Hash for both was copied."""

from collections.abc import Iterable

from agent.cpl.fields import FormField
from agent.findings import Level
from agent.policy.facts import FormFacts
from agent.policy.form_remarks import count_entries, remark
from agent.policy.rule import Answer, Rule


def _check(facts: FormFacts) -> Iterable[Answer]:
    form = facts.form
    first: dict[bytes, tuple[str, int]] = {}
    for entry in form.entries if form else ():
        version = entry.value(FormField.FIRMWARE_VERSION).upper()
        if form is None or entry.image_hash is None or not version:
            continue
        known, row = first.setdefault(entry.image_hash, (version, entry.row))
        if known != version:
            message = f"the Hash of row {row} too, whose firmware version is another"
            yield remark(form, entry, FormField.IMAGE_HASH, message, "the Hash of this version's image")


RULE = Rule(
    code="image-hash-repeated",
    clause="MP168 (Hash of the Manufacturer Image)",
    summary="one Hash for two firmware versions",
    check=_check,
    evidence=count_entries,
    level=Level.WARN,
    may_be_lowered=True,
)
