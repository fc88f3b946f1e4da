"""Numbers where the form asks for text: spreadsheet programs drop zeros and read 1E5 as 100000."""

import re
from collections.abc import Iterable
from typing import Final

from agent.cpl.fields import FieldKind
from agent.findings import Level
from agent.policy.facts import FormFacts
from agent.policy.form_remarks import count_entries, fields_of, find_cells, remark
from agent.policy.rule import Answer, Rule

_WHOLE: Final = re.compile(r"[2-7][0-9]{4}", re.ASCII)
"""Days from 1954 to 2119: what becomes of a version such as 5.1 that is taken for a date."""


def _check(facts: FormFacts) -> Iterable[Answer]:
    if facts.form is None:
        return
    fields = fields_of(facts.form, FieldKind.HEX, FieldKind.VERSION, FieldKind.TEXT)
    for entry, field, cell in find_cells(facts.form, fields, lambda cell: cell.kind == "number"):
        if facts.form.columns[field].kind is FieldKind.HEX:
            message = "a number, not a text: leading zeros are lost, and 1E5 is 100000"
            yield remark(facts.form, entry, field, message, "the digits in a cell formatted as text")
        else:
            is_day = _WHOLE.fullmatch(cell.text) is not None
            message = "a number, not a text: zeros at its start, or at the end of its decimals, are lost"
            message = "a number: a program took the text for a date" if is_day else message
            expected = "the text in a cell formatted as text"
            yield remark(facts.form, entry, field, message, expected, level=Level.WARN)


RULE = Rule(
    code="number-for-text",
    clause="CPL submission form (hexadecimal Device Model details); ECMA-376-1 18.18.11",
    summary="a number in a cell of a hexadecimal column; warns of one where a text or version belongs",
    check=_check,
    evidence=count_entries,
    may_be_lowered=True,
)
