"""A Hash that no image has: of no octets, or octets that repeat themselves."""

import hashlib
from collections.abc import Iterable
from typing import Final

from agent.cpl.fields import FormField
from agent.policy.facts import FormFacts
from agent.policy.form_remarks import count_entries, remark
from agent.policy.rule import Answer, Rule

_OF_NOTHING: Final = hashlib.sha256(b"").digest()
_EXPECTED: Final = "the Hash of the Manufacturer Image, as `iki cpl hash IMAGE` prints it"


def _check(facts: FormFacts) -> Iterable[Answer]:
    if facts.form is None:
        return
    wrong = {value: why for value in facts.form.image_hashes if (why := _say_why(value))}
    for entry in facts.form.entries if wrong else ():
        if entry.image_hash in wrong:
            why = wrong[entry.image_hash]
            yield remark(facts.form, entry, FormField.IMAGE_HASH, why, _EXPECTED)


def _say_why(image_hash: bytes) -> str:
    if image_hash == _OF_NOTHING:
        return "the SHA-256 of a file without any octet"
    if image_hash.count(image_hash[0]) == len(image_hash):
        return f"nothing but {image_hash[0]:02X}, again and again: put in to fill the cell"
    half = len(image_hash) // 2
    if image_hash[:half] == image_hash[half:]:
        # By chance in one of 2 to the power of 128.
        return "its second half repeats its first: put in to fill the cell"
    return ""


RULE = Rule(
    code="image-hash-implausible",
    clause="FIPS 180-4 (SHA-256)",
    summary="a Hash that no Manufacturer Image has: of an empty file, or octets that repeat themselves",
    check=_check,
    evidence=count_entries,
    may_be_lowered=True,
)
