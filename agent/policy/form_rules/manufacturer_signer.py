"""The manufacturer of the entries is the organisation that signs them."""

import re
from collections.abc import Iterable
from typing import Final

from agent.config.parties import comparable_name
from agent.cpl.fields import FormField
from agent.findings import Level
from agent.policy.facts import FormFacts
from agent.policy.form_remarks import cells_of, remark
from agent.policy.rule import Answer, Rule

_CODE: Final = re.compile(r"(?:0x)?[0-9A-Fa-f]{4}", re.ASCII)
"""A manufacturer's ZigBee code: it cannot be compared with a name."""
_WORD: Final = re.compile(r"\w+")
_FORMS: Final = frozenset(
    {"ltd", "limited", "plc", "llp", "inc", "co", "company", "gmbh", "ag", "sa", "bv", "uk"}
)
"""Words that are left off, or not, without it being another company."""


def _check(facts: FormFacts) -> Iterable[Answer]:
    if facts.form is None or not facts.manufacturer:
        return
    signer, seen = _words(facts.manufacturer), set()
    for entry, cell in cells_of(facts.form, FormField.MANUFACTURER):
        text = cell.text.strip(" ")
        if text in seen:
            continue
        seen.add(text)
        words = _words(text)
        if _CODE.fullmatch(text) or (words and (words <= signer or signer <= words)):
            continue
        message = f"the manufacturer's signature is by another organisation, {facts.manufacturer!a}"
        expected = "the organisation of the signer's certificate"
        yield remark(facts.form, entry, FormField.MANUFACTURER, message, expected)


def _words(name: str) -> frozenset[str]:
    words = frozenset(_WORD.findall(comparable_name(name)))
    return words - _FORMS or words


def _evidence(facts: FormFacts) -> Iterable[str]:
    if facts.form is not None and facts.manufacturer:
        yield f"the manufacturer's certificate: O {facts.manufacturer}"


RULE = Rule(
    code="manufacturer-signer",
    clause="MP168 (the Device Manufacturer signs)",
    summary="a manufacturer that is not the organisation of the manufacturer's certificate; a ZigBee"
    " manufacturer code cannot be compared",
    check=_check,
    evidence=_evidence,
    level=Level.WARN,
    may_be_lowered=True,
)
