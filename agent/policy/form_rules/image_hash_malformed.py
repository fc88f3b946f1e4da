"""A Hash cell that does not hold a Hash is not signed for."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from agent.cpl.fields import FormField
from agent.cpl.image import IMAGE_HASH_OCTETS
from agent.policy.facts import FormFacts
from agent.policy.form_remarks import cells_of, count_entries, remark
from agent.policy.rule import Answer, Rule

if TYPE_CHECKING:
    from agent.formats.spreadsheet import Cell

_DIGITS: Final = 2 * IMAGE_HASH_OCTETS
_EXPECTED: Final = f"{_DIGITS} hexadecimal digits in a text cell, as `iki cpl hash IMAGE` prints them"
_HEXADECIMAL: Final = frozenset("0123456789abcdefABCDEF")


def _check(facts: FormFacts) -> Iterable[Answer]:
    if facts.form is None:
        return
    for entry, cell in cells_of(facts.form, FormField.IMAGE_HASH):
        if entry.image_hash is None:
            yield remark(facts.form, entry, FormField.IMAGE_HASH, _say_why(cell), _EXPECTED)


def _say_why(cell: "Cell") -> str:
    if cell.kind != "string":
        return f"a {cell.kind}, not a text: of a number programs keep 15 digits"
    text = cell.text.strip(" ")
    if text[:2] in {"0x", "0X"}:
        return "not hexadecimal digits alone: it begins with 0x"
    foreign = next((char for char in text if char not in _HEXADECIMAL), "")
    if foreign:
        return f"not hexadecimal digits alone: it holds {foreign!a}"
    return f"{len(text)} hexadecimal digits; the Hash of {IMAGE_HASH_OCTETS} octets has {_DIGITS}"


RULE = Rule(
    code="image-hash-malformed",
    clause="CPL submission form (hexadecimal Hash); FIPS 180-4 (SHA-256, 32 octets)",
    summary="a cell for the Hash that does not hold 32 octets in hexadecimal",
    check=_check,
    evidence=count_entries,
)
