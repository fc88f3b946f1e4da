"""A fast road through rows: one that a pattern matches is read off its octets, and not parsed.

The pattern is a part of what a row may be in XML, and leaves nothing to be resolved but the five named
references: no prefix but a bound one, no comment, no CDATA, each attribute once, cells as programs write
them.
For whatever it does not match, and for whatever `RowParser` would refuse, there is no answer here.
"""

import re
from functools import cache, partial
from itertools import compress, pairwise, repeat
from operator import not_
from typing import Final, NamedTuple

from agent.formats.spreadsheet.cells import Cell, CellKind, SharedCell, UnresolvedRow, parse_reference
from agent.formats.spreadsheet.limits import SpreadsheetLimits
from agent.formats.spreadsheet.plain_xml import PLAIN_TEXT
from agent.formats.spreadsheet.rows import CELL_KINDS, RowParser

_ROW_ATTRIBUTES: Final = (
    *("spans", "s", "customFormat", "ht", "hidden", "customHeight"),
    *("outlineLevel", "collapsed", "thickTop", "thickBot"),
)
"""Besides `r`, in the order of the schema (18.3.1.73): nothing that the cells depend on."""
_HARMLESS: Final = r'"[A-Za-z0-9 .:+-]*+"'
_CELL: Final = (
    r'<c r="[A-Z]{1,3}\1"(?: s="[0-9]{1,9}")?+'
    rf'(?: t="inlineStr"><is><t(?: xml:space="preserve")?+>{PLAIN_TEXT}</t></is></c>'
    r'| t="s"><v>[0-9]{1,9}</v></c>'
    rf'|(?: t="(?:n|b|e|d|str)")?+><v>{PLAIN_TEXT}</v></c>'
    r'|(?: t="(?:n|b|e|d|s|str|inlineStr)")?+(?: ?+/>|></c>))'
)
"""A cell of the row whose number the first group holds."""
_FOUND: Final = re.compile(
    r'<c r="([A-Z]++)[0-9]++"(?: s="([0-9]++)")?+(?: t="([A-Za-z]++)")?+'
    r"(?:>(?:<v>|<is><t[^>]*+>)([^<]*+)|( ?+/|><))"
)
"""The same in a row that was matched: letters, style, type, text, and a mark where there is no text."""
_REFERENCE: Final = re.compile(r"&([a-z]+);")
_NAMED: Final = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}
_KEPT_SHAPES: Final = 1024
_build_cell = partial(tuple.__new__, Cell)
"""Builds a cell of all its fields; its own constructor takes three times as long."""
_Texts = tuple[str, ...]


@cache
def row_pattern(*, has_x14ac: bool) -> re.Pattern[str]:
    """Build the pattern of a row: groups are its number and its cells.

    `has_x14ac` says that the root binds this prefix, under which Excel adds a height to every row.
    """
    attributes = "".join(f"(?: {name}={_HARMLESS})?+" for name in _ROW_ATTRIBUTES)
    more = f"(?: x14ac:dyDescent={_HARMLESS})?+" if has_x14ac else ""
    start = rf'[ \t\r\n]*+<row r="([1-9][0-9]{{0,8}})"{attributes}{more}'
    return re.compile(rf"{start}(?: ?+/>|>((?:{_CELL})*+)</row>)")


class _Shape(NamedTuple):
    """What cells have in common with those of other rows: all but their row and their texts."""

    letters: _Texts
    columns: tuple[int, ...]
    kinds: tuple[CellKind, ...]
    styles: tuple[int, ...]
    filled: tuple[bool, ...]
    """Of the cells as they stand there; the others are of those that have a text."""
    shared: tuple[int, ...]
    """Positions whose text is an index into the shared strings."""


class PlainRows:
    """Reads matched rows of one sheet; which rows there were before is remembered by its `RowParser`."""

    def __init__(self, limits: SpreadsheetLimits) -> None:
        """Start with no shape known."""
        self._limits = limits
        self._shapes: dict[tuple[_Texts, ...], _Shape | None] = {}

    def read(self, match: re.Match[str], parser: RowParser) -> UnresolvedRow | None:
        """Read what the row pattern matched, as `parser` would; None when that might refuse or resolve it."""
        digits, body = match.groups("")
        number = int(digits)
        if not parser.number < number <= self._limits.max_rows or parser.has_open_ranges:
            return None
        if len(body) > self._limits.max_text or "_x" in body or "\r" in body:
            return None
        cells: tuple[Cell | SharedCell, ...] = ()
        strings: tuple[int, ...] = ()
        if body:
            letters, styles, kinds, texts, gaps = zip(*_FOUND.findall(body), strict=True)
            shape = self._find_shape(letters, styles, kinds, gaps)
            if shape is None:
                return None
            if len(shape.letters) < len(letters):
                texts = tuple(compress(texts, shape.filled))
            cells = _build_cells(shape, digits, _resolve(texts) if "&" in body else texts)
            strings = tuple(int(texts[position]) for position in shape.shared)
        parser.number = number
        return UnresolvedRow(number, cells, strings)

    def _find_shape(self, letters: _Texts, styles: _Texts, kinds: _Texts, gaps: _Texts) -> _Shape | None:
        """Recall or work out a shape; None when the cells are not in their places."""
        key = (letters, styles, kinds, gaps)
        try:
            return self._shapes[key]
        except KeyError:
            shape = self._build_shape(letters, styles, kinds, gaps)
        if len(self._shapes) < _KEPT_SHAPES:
            self._shapes[key] = shape
        return shape

    def _build_shape(self, letters: _Texts, styles: _Texts, kinds: _Texts, gaps: _Texts) -> _Shape | None:
        places = [parse_reference(f"{name}1") for name in letters]
        columns = [place[0] for place in places if place]
        rising = all(first < second for first, second in pairwise(columns))
        if len(columns) < len(letters) or not rising or columns[-1] > self._limits.max_columns:
            return None
        filled = tuple(map(not_, gaps))
        kept = tuple(compress(kinds, filled))
        return _Shape(
            tuple(compress(letters, filled)),
            tuple(compress(columns, filled)),
            tuple(CELL_KINDS[kind or "n"] for kind in kept),
            tuple(int(style or 0) for style in compress(styles, filled)),
            filled,
            tuple(position for position, kind in enumerate(kept) if kind == "s"),
        )


def _build_cells(shape: _Shape, digits: str, texts: _Texts) -> tuple[Cell | SharedCell, ...]:
    references = [name + digits for name in shape.letters]
    fields = zip(references, shape.columns, shape.kinds, texts, shape.styles, repeat(False), strict=False)
    cells: list[Cell | SharedCell] = list(map(_build_cell, fields))
    for position in shape.shared:
        reference, column, style = references[position], shape.columns[position], shape.styles[position]
        cells[position] = SharedCell(reference, column, int(texts[position]), style, is_formula=False)
    return tuple(cells)


def _resolve(texts: _Texts) -> _Texts:
    return tuple(_REFERENCE.sub(_name_character, text) if "&" in text else text for text in texts)


def _name_character(match: re.Match[str]) -> str:
    return _NAMED[match[1]]
