"""Device Model details are hexadecimal."""

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from agent.cpl.fields import FieldKind
from agent.policy.facts import FormFacts
from agent.policy.form_remarks import count_entries, fields_of, find_cells, remark
from agent.policy.rule import Answer, Rule

if TYPE_CHECKING:
    from agent.formats.spreadsheet import Cell

_DIGITS: Final = re.compile(r"[0-9A-Fa-f]+", re.ASCII)
_EXPONENT: Final = re.compile(r"[0-9](?:[.,][0-9]+)?[Ee]\+[0-9]+", re.ASCII)
_EXPECTED: Final = "hexadecimal digits (0-9, A-F) and nothing else"


def _check(facts: FormFacts) -> Iterable[Answer]:
    if facts.form is None:
        return
    for entry, field, cell in find_cells(facts.form, fields_of(facts.form, FieldKind.HEX), _is_foreign):
        yield remark(facts.form, entry, field, _say_why(cell.text.strip(" ")), _EXPECTED)


def _is_foreign(cell: "Cell") -> bool:
    return _DIGITS.fullmatch(cell.text.strip(" ")) is None


def _say_why(text: str) -> str:
    if _EXPONENT.fullmatch(text):
        return "a program took digits with an E between them for a number: the digits are lost"
    if text[:2] in {"0x", "0X"}:
        return "it begins with 0x"
    foreign = next(char for char in text if _DIGITS.fullmatch(char) is None)
    return f"it holds {foreign!a}, which is no hexadecimal digit"


RULE = Rule(
    code="hexadecimal",
    clause="CPL submission form (hexadecimal Device Model details)",
    summary="a cell of a hexadecimal column that holds anything but hexadecimal digits",
    check=_check,
    evidence=count_entries,
    may_be_lowered=True,
)
