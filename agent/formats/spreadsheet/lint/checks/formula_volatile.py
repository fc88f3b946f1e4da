"""Formulas whose value is another each time they are calculated."""

from typing import Final

from agent.findings import Lint
from agent.formats.spreadsheet.lint.check import Check
from agent.formats.spreadsheet.lint.formulas import list_functions

_FUNCTIONS: Final = frozenset((*("NOW", "TODAY", "RAND", "RANDBETWEEN", "RANDARRAY", "OFFSET", "INDIRECT"),))


def _check(formula: str) -> str | None:
    found = sorted(list_functions(formula) & _FUNCTIONS)
    if found:
        return f"its formula calls {', '.join(found)}: what is shown need not be what was signed"
    return None


CHECK = Check(
    Lint(
        "formula-volatile",
        "ECMA-376-1 18.17.7",
        "formulas with NOW, TODAY, RAND, RANDBETWEEN, RANDARRAY, OFFSET or INDIRECT",
    ),
    formula=_check,
)
