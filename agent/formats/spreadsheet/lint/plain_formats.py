"""Cell formats that show a value as it is: a closed list, because of all others nobody can say it.

Source: ECMA-376 part 1, clauses 18.8.30 and 18.8.31 (number formats), 18.8.22 (fonts), 18.8.1 (alignment).
"""

import re
from collections.abc import Mapping
from typing import Final

from lxml.etree import _Element as Element

from agent.formats.spreadsheet.lint.names import is_true, local_name, parse_number

_BUILT_IN: Final = frozenset({0, 1, 2, 3, 4, 14, 15, 22, 49})
"""General, digits, dates with day, month and year, text."""
_AS_IT_IS: Final = ("General", "@")
_BUILT_IN_AS_IT_IS: Final = (0, 49)
_NUMBER: Final = re.compile(r"General|GENERAL|@|(?:#,##)?0(?:\.0{1,15})?", re.ASCII)
_LOCALE: Final = re.compile(r"\[\$-(?:0?409|0?809|en-GB|en-US|F800)\]", re.ASCII)
_BETWEEN: Final = r"(?:\\?[ \-/.,]|\", \"|\" \"){1,2}"
_DATE: Final = re.compile(
    rf"(?:d{{3,4}}{_BETWEEN})?(?:(?P<a>d{{1,2}}|m{{1,4}}|yyyy|yy){_BETWEEN})"
    rf"(?:(?P<b>d{{1,2}}|m{{1,4}}|yyyy|yy){_BETWEEN})(?P<c>d{{1,2}}|m{{1,4}}|yyyy|yy)"
    rf"(?:(?:\\? )h{{1,2}}:mm(?::ss)?)?",
    re.ASCII,
)
_SMALLEST: Final = 6.0
"""Points."""
_MOST_INDENT: Final = 15
_LONGEST: Final = 255
"""Characters of a number format that Excel takes."""
_NOT_PLAIN: Final = {11: "0.00E+00", 12: "# ?/?", 13: "# ??/??", 48: "##0.0E+0"}
"""Formats that workbooks need not spell out (ECMA-376 part 1, clause 18.8.30), by Id."""
_PLAIN_ALIGNMENTS: Final = ("general", "left", "center", "right", "centerContinuous", "justify")


def describe_number_format(xf: Element, codes: Mapping[int, str | None]) -> str:
    """Say that the number format of a cell format is none of those known to be harmless; empty if it is.

    `codes` are the workbook's own, by Id; None where it has two with one Id.
    """
    number = parse_number(xf.get("numFmtId", "0"))
    if number is None or (number not in codes and number not in _BUILT_IN):
        name = _NOT_PLAIN.get(number or 0)
        if name:
            return f"the number format {name!r} shows a number otherwise than it is written"
        return f"the number format {xf.get('numFmtId', '')[:20]!r} is not known"
    code = codes.get(number, "General")
    if code is None or not _is_plain(code):
        return f"nobody can say what the number format {(code or 'given twice')[:40]!r} shows"
    return ""


def shows_as_it_is(xf: Element, codes: Mapping[int, str | None]) -> bool:
    """Tell whether a number in such a cell is shown as it is written there."""
    number = parse_number(xf.get("numFmtId", "0"))
    if number is not None and number in codes:
        return (codes[number] or "") in _AS_IT_IS
    return number in _BUILT_IN_AS_IT_IS


def describe_alignment(xf: Element) -> str:
    """Say what the alignment does to a text besides to align it."""
    for child in xf:
        if local_name(child.tag) != "alignment":
            continue
        if is_true(child.get("shrinkToFit")):
            return "its text is shrunk to the width of the column"
        if (parse_number(child.get("indent", "0")) or 0) > _MOST_INDENT:
            return "its text is indented out of sight"
        if child.get("horizontal", "general") not in (*_PLAIN_ALIGNMENTS, "fill"):
            return "nobody can say how its text is aligned"
    return ""


def describe_turn(xf: Element) -> str:
    """Say that a text is turned, or its letters stand below each other (18.8.1)."""
    for child in xf:
        turn = child.get("textRotation", "0").strip() if local_name(child.tag) == "alignment" else "0"
        if parse_number(turn) != 0:
            return f"its text is turned ({turn[:20]})"
    return ""


def describe_small_font(font: Element | None) -> str:
    """Say why a text in this font is not read, or not taken for what it is."""
    for child in font if font is not None else ():
        name, value = local_name(child.tag), child.get("val")
        if name == "strike" and (value is None or is_true(value)):
            return "its text is struck through"
        if name == "vertAlign" and value != "baseline":
            return "its text is raised or lowered, and small"
        if name == "sz" and _is_small(value):
            return f"its text is {(value or '')[:20]} points high"
    return ""


def _is_small(size: str | None) -> bool:
    try:
        return not float(size or "") >= _SMALLEST
    except ValueError:
        return True


def _is_plain(code: str) -> bool:
    if len(code) > _LONGEST:
        return False
    body = _LOCALE.sub("", code, count=1).removesuffix(";@")
    if _NUMBER.fullmatch(body):
        return True
    date = _DATE.fullmatch(body.lower())
    return date is not None and {date[name][0] for name in "abc"} == {"d", "m", "y"}
