"""Formulas as text: which functions they call, and whether they reach out of the workbook.

Source: ECMA-376 part 1, clause 18.17; [MS-XLSX] 2.2.2 (`_xlfn.` and other prefixes).
"""

import re
from typing import Final

_LITERAL: Final = re.compile(r'"(?:[^"\n]|"")*"')
_QUOTED: Final = re.compile(r"'(?:[^'\n]|'')*'")
_FUNCTION: Final = re.compile(r"(?<![A-Z0-9_.])([A-Z_][A-Z0-9_.]*)\s*\(")
_PREFIX: Final = re.compile(r"^(?:_XLFN\.|_XLWS\.|_XLUDF\.|COM\.SUN\.STAR\.SHEET\.ADDIN\.ANALYSIS\.GET)+")
_OUTSIDE: Final = re.compile(
    r"(?<![\w.\])])\[[0-9]+\][^\[\]]*!"  # [1]Sheet1!A1, '[1]My sheet'!A1, [1]!Name
    r"|\[[^\[\]]*\.(?:XL|OD|CSV)[A-Z0-9]*\]"  # 'C:\[prices.xlsx]Sheet1'!A1
    r"|\|"  # program|topic!item
    r"|://|'\\\\"
)


def normalise_formula(text: str) -> str:
    """Take out string literals, so that what is left is references, names and function calls; upper case."""
    return _LITERAL.sub('""', text).upper()


def list_functions(formula: str) -> frozenset[str]:
    """List the functions that a normalised formula calls, without the prefixes for newer ones."""
    return frozenset(_PREFIX.sub("", name) for name in _FUNCTION.findall(_QUOTED.sub("''", formula)))


def reaches_out(formula: str) -> bool:
    """Tell whether a normalised formula refers to another workbook, a URL, or another program."""
    return _OUTSIDE.search(formula) is not None
