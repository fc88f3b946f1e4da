"""Which cell formats hide or replace what is in a cell (ECMA-376 part 1, clause 18.8)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from lxml.etree import _Element as Element

from agent.formats.spreadsheet.lint.colours import BLACK, RGB, WHITE, Colours, look_the_same
from agent.formats.spreadsheet.lint.names import local_name
from agent.formats.spreadsheet.lint.number_formats import describe_deceit

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

    @property
    def watched(self) -> frozenset[int]:
        """All of them."""
        return frozenset((*self.formats, *self.fonts, *self.fills))


def read_styles(root: Element, theme: tuple[str, ...] | None) -> Styles:
    """Read the styles part, with the colours of the theme when there is one."""
    tables = {local_name(child.tag): child for child in root}
    own = [item for item in tables.get("colors", ()) if local_name(item.tag) == "indexedColors"]
    palette = [item.get("rgb", "") for item in own[0]] if own else []
    base = Colours(theme) if theme else Colours()
    colours = Colours(base.theme, palette) if palette else base
    codes = {item.get("numFmtId", ""): item.get("formatCode", "") for item in tables.get("numFmts", ())}
    fonts, fills = list(tables.get("fonts", ())), list(tables.get("fills", ()))
    formats: dict[int, str] = {}
    unreadable: dict[int, str] = {}
    repeated: set[int] = set()
    for index, xf in enumerate(tables.get("cellXfs", ())):
        deceit = describe_deceit(codes.get(xf.get("numFmtId", "0"), ""))
        if deceit:
            formats[index] = deceit
        font, fill = _pick(fonts, xf.get("fontId")), _pick(fills, xf.get("fillId"))
        reason = describe_font(font, list(_backgrounds(fill, colours)), colours)
        if reason:
            unreadable[index] = reason
        if any(local_name(child.tag) == "alignment" and child.get("horizontal") == "fill" for child in xf):
            repeated.add(index)
    return Styles(formats, unreadable, frozenset(repeated), colours)


def describe_font(font: Element | None, backgrounds: list[RGB], colours: Colours) -> str:
    """Say why text in a font (`font` or `rPr`) cannot be read on any of the backgrounds; empty if it can."""
    parts = {local_name(child.tag): child for child in font} if font is not None else {}
    size = parts["sz"].get("val", "") if "sz" in parts else ""
    if _is_tiny(size):
        return f"its text is {size} points high"
    colour = colours.resolve(parts.get("color"), BLACK)
    if all(look_the_same(colour, background) for background in backgrounds):
        return f"its text has the colour of its background, {_hex(colour)} on {_hex(backgrounds[0])}"
    return ""


def _pick(items: list[Element], index: str | None) -> Element | None:
    number = (index or "0").strip()
    return items[int(number)] if number.isdigit() and int(number) < len(items) else None


def _backgrounds(fill: Element | None, colours: Colours) -> Iterator[RGB]:
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
        return float(size or 11) < _SMALLEST
    except ValueError:
        return False


def _hex(colour: RGB) -> str:
    return "".join(f"{channel:02X}" for channel in colour)
