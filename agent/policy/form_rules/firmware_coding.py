"""Firmware versions are coded in one way in a submission: BCD, or hexadecimal."""

import re
from collections.abc import Iterable
from typing import Final

from agent.config.policy import FirmwareCoding
from agent.cpl.fields import FormField
from agent.findings import Level
from agent.policy.facts import FormFacts
from agent.policy.form_remarks import cells_of, remark
from agent.policy.rule import Answer, Rule

_LETTERED: Final = re.compile(r"[0-9]*[A-Fa-f][0-9A-Fa-f]*", re.ASCII)
_FIELD: Final = FormField.FIRMWARE_VERSION


def _check(facts: FormFacts) -> Iterable[Answer]:
    form = facts.form
    if form is None or facts.settings.firmware_coding is FirmwareCoding.HEX:
        return
    decimal, lettered = [], []
    for entry, cell in cells_of(form, _FIELD):
        text = cell.text.strip(" ")
        if text.isascii() and text.isdecimal():
            decimal.append(entry)
        elif _LETTERED.fullmatch(text):
            lettered.append(entry)
    if facts.settings.firmware_coding is FirmwareCoding.BCD:
        for entry in lettered:
            yield remark(form, entry, _FIELD, "not BCD, which the policy asks for", "decimal digits alone")
    elif decimal and lettered:
        fewer = min(lettered, decimal, key=len)
        message = (
            f"{len(decimal)} entries could be BCD, {len(lettered)} can only be hexadecimal: whether they are"
            " coded in one way cannot be told"
        )
        expected = 'one coding in all entries (firmware_coding = "hex" or "bcd" in the policy says which)'
        yield remark(form, fewer[0], _FIELD, message, expected, level=Level.WARN)


def _evidence(facts: FormFacts) -> Iterable[str]:
    if facts.form is not None:
        yield f"{len(facts.form.entries)} entries, firmware_coding = {facts.settings.firmware_coding.value!r}"


RULE = Rule(
    code="firmware-coding",
    clause="CPL submission form (one coding of firmware versions)",
    summary="a firmware version that is not in the coding that the policy asks for; warns when some could be"
    " BCD and others can only be hexadecimal",
    check=_check,
    evidence=_evidence,
    may_be_lowered=True,
)
