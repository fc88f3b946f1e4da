"""Which cell formats hide or replace what is in a cell (ECMA-376 part 1, clause 18.8)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from typing import Final

from lxml.etree import _Element as Element

from agent.dataclass import dataclass
from agent.formats.spreadsheet.lint.colours import RGB, WHITE, Colours, palette_of
from agent.formats.spreadsheet.lint.legibility import (
    describe_faint,
    describe_font,
    find_size,
    list_backgrounds,
    pick,
)
from agent.formats.spreadsheet.lint.names import ALTERNATE_CONTENT, local_name, parse_number
from agent.formats.spreadsheet.lint.number_formats import describe_deceit
from agent.formats.spreadsheet.lint.plain_formats import (
    describe_alignment,
    describe_number_format,
    describe_small_font,
    describe_turn,
    shows_as_it_is,
)
from agent.formats.spreadsheet.lint.splitter import Lost

_MOST: Final = 65_536
"""Formats of one kind; Excel has 65,490 cell formats at most."""
_MOST_PARTS: Final = 256
"""Elements or attributes of one element of a format; the stops of a gradient are the most that there are."""


@dataclass(frozen=True, slots=True)
class Looks:
    """What text looks like, by the index of its cell format."""

    unreadable: dict[int, str] = field(default_factory=dict)
    """Why it cannot be read."""
    faint: dict[int, str] = field(default_factory=dict)
    """Why an entry of the form is hard to read, where a heading would not be."""
    sizes: dict[int, float] = field(default_factory=dict)
    """How high its letters are, in points, where its font says so."""
    backgrounds: dict[RGB, list[int]] = field(default_factory=dict)
    """Colour to the formats that have it behind the text, white and gradients apart."""


@dataclass(frozen=True, slots=True)
class Styles:
    """Index of a cell format to what it does, for those that do something to be told of."""

    formats: Mapping[int, str] = field(default_factory=dict)
    """What the number format does to the value."""
    fills: frozenset[int] = frozenset()
    """Formats that repeat the text until the column is full."""
    colours: Colours = field(default_factory=Colours)
    looks: Looks = field(default_factory=Looks)
    unusual: Mapping[int, str] = field(default_factory=dict)
    """Why nobody can say that the text of a cell of the form is read as it is."""
    converted: frozenset[int] = frozenset()
    """Formats under which a number is not shown as it is written."""
    count: int = 1
    """How many formats there are; what a cell with another looks like is the program's affair."""


def read_styles(root: Element, theme: tuple[str, ...] | None) -> Styles:
    """Read the styles part, with the colours of the theme when there is one.

    Raises:
        Lost: which format a cell has depends on the program that reads it, or there are too many.

    """
    tables = _find_tables(root)
    colours = _read_colours(tables.get("colors"), theme)
    deceits = _read_deceits(tables.get("numFmts", ()))
    formats: dict[int, str] = {}
    repeated: set[int] = set()
    for index, xf in enumerate(tables.get("cellXfs", ())):
        deceit = deceits.get(parse_number(xf.get("numFmtId")) or 0)
        if deceit:
            formats[index] = deceit
        if any(local_name(child.tag) == "alignment" and child.get("horizontal") == "fill" for child in xf):
            repeated.add(index)
    unusual, converted = _read_unusual(tables, list(tables.get("fonts", ())))
    count = len(tables.get("cellXfs", ())) or 1
    return Styles(
        formats, frozenset(repeated), colours, _read_looks(tables, colours), unusual, converted, count
    )


def _read_looks(tables: Mapping[str, Element], colours: Colours) -> Looks:
    fonts, fills = list(tables.get("fonts", ())), list(tables.get("fills", ()))
    looks = Looks()
    known: dict[tuple[int, int], tuple[str, str, float | None, list[RGB | None]]] = {}
    for index, xf in enumerate(tables.get("cellXfs", ())):
        pair = parse_number(xf.get("fontId")) or 0, parse_number(xf.get("fillId")) or 0
        if pair not in known:
            font, behind = pick(fonts, pair[0]), list(list_backgrounds(pick(fills, pair[1]), colours))
            reason = describe_font(font, behind, colours)
            known[pair] = reason, describe_faint(font, behind, colours), find_size(font), behind
        reason, faint, size, behind = known[pair]
        if reason:
            looks.unreadable[index] = reason
        if reason := faint or describe_turn(xf):
            looks.faint[index] = reason
        if size is not None:
            looks.sizes[index] = size
        if len(behind) == 1 and behind[0] not in (None, WHITE):
            looks.backgrounds.setdefault(behind[0], []).append(index)
    return looks


def _read_unusual(
    tables: Mapping[str, Element], fonts: Sequence[Element]
) -> tuple[dict[int, str], frozenset[int]]:
    codes: dict[int, str | None] = {}
    for item in tables.get("numFmts", ()):
        number = parse_number(item.get("numFmtId")) or 0
        code = item.get("formatCode", "")
        codes[number] = code if codes.get(number, code) == code else None
    unusual: dict[int, str] = {}
    converted: set[int] = set()
    for index, xf in enumerate(tables.get("cellXfs", ())):
        font = parse_number(xf.get("fontId", "0"))
        known = font == 0 or (font is not None and font < len(fonts))
        reason = (
            describe_number_format(xf, codes)
            or describe_alignment(xf)
            or (describe_small_font(pick(fonts, font or 0)) if known else "it has a font that is not there")
        )
        if reason:
            unusual[index] = reason
        if not shows_as_it_is(xf, codes):
            converted.add(index)
    return unusual, frozenset(converted)


def _find_tables(root: Element) -> dict[str, Element]:
    tables = {local_name(child.tag): child for child in root}
    if len(tables) != len(root) or next(root.iter(ALTERNATE_CONTENT), None) is not None:
        raise Lost("it has a table of formats twice, or alternatives")
    if any(len(table) > _MOST for table in tables.values()):
        raise Lost(f"it has more than {_MOST} formats of one kind")
    # Formats share fonts and fills: what is looked at once for each of them must be small.
    if any(
        len(node) > _MOST_PARTS or len(node.attrib) > _MOST_PARTS
        for table in tables.values()
        for item in table
        for node in item.iter()
    ):
        raise Lost(f"one of its formats has more than {_MOST_PARTS} parts")
    return tables


def _read_colours(table: Element | None, theme: tuple[str, ...] | None) -> Colours:
    own = [item for item in table if local_name(item.tag) == "indexedColors"] if table is not None else []
    base = Colours(theme) if theme else Colours()
    return Colours(base.theme, palette_of(own[0])) if own else base


def _read_deceits(table: Iterable[Element]) -> dict[int, str]:
    """Say what number formats do, by Id; of two with one Id, the one that does something."""
    deceits: dict[int, str] = {}
    for item in table:
        deceit = describe_deceit(item.get("formatCode", ""))
        if deceit:
            deceits[parse_number(item.get("numFmtId")) or 0] = deceit
    return deceits
