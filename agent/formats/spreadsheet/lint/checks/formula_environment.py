"""Formulas whose value depends on the reader's language, program or machine."""

from typing import Final

from agent.findings import Lint
from agent.formats.spreadsheet.lint.check import Check
from agent.formats.spreadsheet.lint.formulas import list_functions

_FUNCTIONS: Final = frozenset(
    (
        *(
            "CELL",
            "INFO",
            "TEXT",
            "DOLLAR",
            "USDOLLAR",
            "FIXED",
            "VALUE",
            "DATEVALUE",
            "TIMEVALUE",
            "CHAR",
            "CODE",
        ),
        *("ASC", "DBCS", "JIS", "BAHTTEXT", "PHONETIC", "DATESTRING", "NUMBERSTRING", "TRANSLATE"),
        *("DETECTLANGUAGE",),
    )
)


def _check(formula: str) -> str | None:
    found = sorted(list_functions(formula) & _FUNCTIONS)
    if found:
        return f"its formula calls {', '.join(found)}: its value depends on language, program or machine"
    return None


CHECK = Check(
    Lint(
        "formula-environment",
        "ECMA-376-1 18.17.7",
        "formulas that depend on language, program or machine: CELL, INFO, TEXT, VALUE, DATEVALUE and others",
    ),
    formula=_check,
)
