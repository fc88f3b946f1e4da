"""A Device Model stands in a submission once."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from agent.cpl.fields import FormField
from agent.policy.facts import FormFacts
from agent.policy.form_remarks import count_entries, remark
from agent.policy.rule import Answer, Rule

_IDENTITY: Final = (
    FormField.MANUFACTURER,
    FormField.MODEL,
    FormField.HARDWARE_VERSION,
    FormField.FIRMWARE_VERSION,
    FormField.DEVICE_TYPE,
)
"""With the device type: the CHF and the GPF of one Communications Hub have all else in common."""


def _check(facts: FormFacts) -> Iterable[Answer]:
    form = facts.form
    if form is None:
        return
    first: dict[tuple[str, ...], tuple[int, bytes | None]] = {}
    for entry in form.entries:
        if not entry.value(FormField.MODEL):
            continue
        key = tuple([_normalise(entry.value(field)) for field in _IDENTITY])
        row, image_hash = first.setdefault(key, (entry.row, entry.image_hash))
        if row != entry.row:
            other = "" if image_hash == entry.image_hash else ", there with another Hash"
            message = f"the same Device Model stands in row {row}{other}"
            yield remark(form, entry, FormField.MODEL, message, "each Device Model in one row")


@lru_cache(maxsize=4096)
def _normalise(text: str) -> str:
    # Entries have most of this in common.
    return " ".join(text.split()).casefold()


RULE = Rule(
    code="duplicate-device-model",
    clause="docs/cpl.md, what is checked",
    summary="two entries with the same manufacturer, model, hardware and firmware version and device type",
    check=_check,
    evidence=count_entries,
    may_be_lowered=True,
)
