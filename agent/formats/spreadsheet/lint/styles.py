"""Which cell formats hide or replace what is in a cell (ECMA-376 part 1, clause 18.8)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from lxml.etree import _Element as Element

from agent.formats.spreadsheet.lint.colours import BLACK, RGB, WHITE, Colours, look_the_same, palette_of
from agent.formats.spreadsheet.lint.names import ALTERNATE_CONTENT, local_name, parse_number
from agent.formats.spreadsheet.lint.number_formats import describe_deceit
from agent.formats.spreadsheet.lint.plain_formats import (
    describe_alignment,
    describe_number_format,
    describe_small_font,
    shows_as_it_is,
)
from agent.formats.spreadsheet.lint.splitter import Lost

_MOST: Final = 65_536
"""Formats of one kind; Excel has 65,490 cell formats at most."""
_SMALLEST: Final = 3.0
"""Points below which text is a line of dots."""


@dataclass(frozen=True, slots=True)
class Styles:
    """Index of a cell format to what it does, for those that do something to be told of."""

    formats: Mapping[int, str] = field(default_factory=dict)
    """What the number format does to the value."""
    fonts: Mapping[int, str] = field(default_factory=dict)
    """Why its text cannot be read."""
    fills: frozenset[int] = frozenset()
    """Formats that repeat the text until the column is full."""
    colours: Colours = field(default_factory=Colours)
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
    fonts, fills = list(tables.get("fonts", ())), list(tables.get("fills", ()))
    formats: dict[int, str] = {}
    unreadable: dict[int, str] = {}
    repeated: set[int] = set()
    reasons: dict[tuple[int, int], str] = {}
    for index, xf in enumerate(tables.get("cellXfs", ())):
        deceit = deceits.get(parse_number(xf.get("numFmtId")) or 0)
        if deceit:
            formats[index] = deceit
        pair = parse_number(xf.get("fontId")) or 0, parse_number(xf.get("fillId")) or 0
        if pair not in reasons:
            behind = list(_backgrounds(_pick(fills, pair[1]), colours))
            reasons[pair] = describe_font(_pick(fonts, pair[0]), behind, colours)
        if reasons[pair]:
            unreadable[index] = reasons[pair]
        if any(local_name(child.tag) == "alignment" and child.get("horizontal") == "fill" for child in xf):
            repeated.add(index)
    unusual, converted = _read_unusual(tables, fonts)
    count = len(tables.get("cellXfs", ())) or 1
    return Styles(formats, unreadable, frozenset(repeated), colours, unusual, converted, count)


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
            or (describe_small_font(_pick(fonts, font or 0)) if known else "it has a font that is not there")
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


def describe_font(font: Element | None, backgrounds: list[RGB | None], colours: Colours) -> str:
    """Say why text in a font (`font` or `rPr`) cannot be read on any of the backgrounds; empty if it can."""
    names = [local_name(child.tag) for child in font] if font is not None else []
    parts = dict(zip(names, font, strict=True)) if font is not None else {}
    if any(names.count(name) > 1 for name in ("sz", "color")):
        return "its font has two colours or sizes"
    size = parts["sz"].get("val", "") if "sz" in parts else ""
    if _is_tiny(size):
        return f"its text is {size} points high"
    colour = colours.resolve(parts.get("color"), BLACK)
    known = [background for background in backgrounds if background is not None]
    if colour is None or len(known) < len(backgrounds):
        return "which colour it or its background has depends on the program that shows it"
    if all(look_the_same(colour, background) for background in known):
        return f"its text has the colour of its background, {_hex(colour)} on {_hex(known[0])}"
    return ""


def _pick(items: Sequence[Element], index: int) -> Element | None:
    return items[index] if index < len(items) else None


def _backgrounds(fill: Element | None, colours: Colours) -> Iterator[RGB | None]:
    """Yield the colours behind the text: one, or the stops of a gradient."""
    pattern = fill[0] if fill is not None and len(fill) else None
    if pattern is not None and local_name(pattern.tag) == "gradientFill" and len(pattern):
        for stop in pattern:
            yield colours.resolve(stop[0] if len(stop) else None, WHITE)
        return
    if pattern is None or pattern.get("patternType", "none") == "none":
        yield WHITE
        return
    parts = {local_name(child.tag): child for child in pattern}
    # Of a solid fill the foreground is what is seen; any other pattern shows both colours.
    solid = pattern.get("patternType") == "solid"
    yield colours.resolve(parts.get("fgColor"), WHITE if solid and "fgColor" not in parts else BLACK)
    if not solid:
        yield colours.resolve(parts.get("bgColor"), WHITE)


def _is_tiny(size: str) -> bool:
    try:
        # What is no number (NaN too) is for nobody to say.
        return not float(size or 11) >= _SMALLEST
    except ValueError:
        return True


def _hex(colour: RGB) -> str:
    return "".join(f"{channel:02X}" for channel in colour)
