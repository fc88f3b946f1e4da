"""Dates of the form: date cells, and dates that are written out.

Programs store a date as the count of days since the end of 1899, with a day in it that never was: the 29th
of February 1900 (ECMA-376 part 1, clause 18.17.4.1). Workbooks whose days are counted from 1904 are told of
by the content lint, and read here like any other.
"""

import re
from datetime import date, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from agent.dataclass import dataclass

if TYPE_CHECKING:
    # Rules about dates are loaded by commands that read no form.
    from agent.formats.spreadsheet import Cell

_FIRST: Final = date(1899, 12, 31)
_LEAP_DAY: Final = 60
"""The count that stands for the day that never was."""
_LAST: Final = 2_958_465
"""The 31st of December 9999."""
_SERIAL: Final = re.compile(r"([1-9][0-9]{0,6})(?:\.[0-9]{1,15})?", re.ASCII)
_ISO: Final = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?:T[0-9:.]+Z?)?", re.ASCII)
_NUMBERS: Final = re.compile(r"([0-9]{1,2})([./-])([0-9]{1,2})\2([0-9]{4})", re.ASCII)
_WORDS: Final = re.compile(r"([0-9]{1,2})(?:st|nd|rd|th)?[ -]([A-Za-z]{3,9})\.?[ -]([0-9]{4})", re.ASCII)
_MONTHS: Final = (
    *("january", "february", "march", "april", "may", "june", "july", "august"),
    *("september", "october", "november", "december"),
)
_MONTHS_IN_YEAR: Final = 12


@dataclass(frozen=True, slots=True)
class FormDate:
    """A date that was read."""

    day: date
    is_ambiguous: bool = False
    """It could be read with the month first; it was read as it is in Britain, the day first."""


def format_day(day: date) -> str:
    """Write a day as it is said: `31 March 2029`, whatever the locale."""
    return f"{day.day} {_MONTHS[day.month - 1].capitalize()} {day.year}"


def read_date(cell: "Cell") -> FormDate | None:
    """Read the date in a cell; None when it holds none."""
    return _read(cell.kind, cell.text.strip(" "))


@lru_cache(maxsize=4096)
def _read(kind: str, text: str) -> FormDate | None:
    # The same few dates stand in very many cells.
    try:
        if kind == "number":
            return _from_serial(text)
        if kind == "date" or _ISO.fullmatch(text):
            match = _ISO.fullmatch(text)
            return FormDate(date(*(int(item) for item in match.groups()))) if match else None
        return _from_text(text) if kind == "string" else None
    except ValueError:
        return None  # a 31st of February


def _from_serial(text: str) -> FormDate | None:
    match = _SERIAL.fullmatch(text)
    days = int(match[1]) if match else 0
    if not 0 < days <= _LAST or days == _LEAP_DAY:
        return None
    return FormDate(_FIRST + timedelta(days if days < _LEAP_DAY else days - 1))


def _from_text(text: str) -> FormDate | None:
    match = _NUMBERS.fullmatch(text)
    if match is not None:
        day, month = int(match[1]), int(match[3])
        return FormDate(date(int(match[4]), month, day), is_ambiguous=day != month and day <= _MONTHS_IN_YEAR)
    match = _WORDS.fullmatch(text)
    if match is None:
        return None
    named = [number for number, name in enumerate(_MONTHS, 1) if name.startswith(match[2].lower())]
    return FormDate(date(int(match[3]), named[0], int(match[1]))) if len(named) == 1 else None
