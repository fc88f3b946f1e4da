"""Formulas that take values from outside, or show a link or a picture."""

from typing import Final

from agent.findings import Lint
from agent.formats.spreadsheet.lint.check import Check
from agent.formats.spreadsheet.lint.formulas import list_functions, reaches_out

_FUNCTIONS: Final = frozenset(
    (
        *("WEBSERVICE", "FILTERXML", "ENCODEURL", "HYPERLINK", "IMAGE", "RTD", "DDE", "STOCKHISTORY", "PY"),
        *("CUBEVALUE", "CUBEMEMBER", "CUBESET", "CUBESETCOUNT", "CUBERANKEDMEMBER", "CUBEKPIMEMBER"),
        *("CUBEMEMBERPROPERTY", "SQL.REQUEST", "CALL", "REGISTER", "REGISTER.ID", "EVALUATE", "EXEC"),
        *("GET.CELL", "GET.WORKBOOK", "GET.DOCUMENT", "INITIATE", "REQUEST", "EXECUTE", "POKE", "COPILOT"),
    )
)


def _check(formula: str) -> str | None:
    found = sorted(list_functions(formula) & _FUNCTIONS)
    if found:
        return f"its formula calls {', '.join(found)}: what is shown comes from outside of the workbook"
    return (
        "its formula refers to another workbook, a URL or another program" if reaches_out(formula) else None
    )


CHECK = Check(
    Lint(
        "formula-external",
        "ECMA-376-1 18.17.7",
        "formulas that reach out: WEBSERVICE, RTD, IMAGE, HYPERLINK and others, other workbooks, DDE",
    ),
    formula=_check,
)
