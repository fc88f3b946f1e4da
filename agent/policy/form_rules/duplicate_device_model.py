"""A Device Model stands in a submission once."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from agent.cpl.fields import FieldKind, FormField
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
_NUMBERS: Final = frozenset({FormField.MODEL, FormField.HARDWARE_VERSION, FormField.FIRMWARE_VERSION})
"""Compared without zeros at their start, where the form has them in hexadecimal: a program may drop those."""


def _check(facts: FormFacts) -> Iterable[Answer]:
    form = facts.form
    if form is None:
        return
    stripped = _NUMBERS.intersection(form.fields_of(FieldKind.HEX))
    first: dict[tuple[str, ...], tuple[int, bytes | None]] = {}
    for entry in form.entries:
        if not entry.value(FormField.MODEL):
            continue
        key = tuple([_normalise(entry.value(field), field in stripped) for field in _IDENTITY])
        row, image_hash = first.setdefault(key, (entry.row, entry.image_hash))
        if row != entry.row:
            other = "" if image_hash == entry.image_hash else ", there with another Hash"
            message = f"the same Device Model stands in row {row}{other}"
            yield remark(form, entry, FormField.MODEL, message, "each Device Model in one row")


@lru_cache(maxsize=4096)
def _normalise(text: str, is_number: bool) -> str:
    # Entries have most of this in common.
    plain = " ".join(text.split()).casefold()
    return plain.lstrip("0") or plain[:1] if is_number else plain


RULE = Rule(
    code="duplicate-device-model",
    clause="docs/cpl.md, what is checked",
    summary="two entries with the same manufacturer, model, hardware and firmware version and device type,"
    " whatever their case and zeros at their start",
    check=_check,
    evidence=count_entries,
    may_be_lowered=True,
)
