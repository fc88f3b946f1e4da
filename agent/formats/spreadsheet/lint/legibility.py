"""Whether text can be read on what is behind it (ECMA-376 part 1, clauses 18.8.20 to 18.8.22)."""

from collections.abc import Iterator, Sequence
from typing import Final

from lxml.etree import _Element as Element

from agent.formats.spreadsheet.lint.colours import BLACK, RGB, WHITE, Colours, contrast, look_the_same
from agent.formats.spreadsheet.lint.names import local_name

_SMALLEST: Final = 3.0
"""Points below which text is a line of dots."""
_FAINT: Final = 2.0
"""Contrast ratio below which text is easily passed over."""


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


def describe_faint(font: Element | None, backgrounds: Sequence[RGB | None], colours: Colours) -> str:
    """Say that text in a font hardly stands out from its background; empty otherwise."""
    colour = find_colour(font, colours)
    known = [background for background in backgrounds if background is not None]
    if colour is None or not known or any(contrast(colour, background) >= _FAINT for background in known):
        return ""
    return f"its text hardly stands out from its background, {_hex(colour)} on {_hex(known[0])}"


def find_colour(font: Element | None, colours: Colours) -> RGB | None:
    """Find the colour of text in a font (`font` or `rPr`); None when programs may show different ones."""
    return colours.resolve(_find_colour(font), BLACK)


def find_size(font: Element | None) -> float | None:
    """Find the size of a font in points; None when it says none, or one that is no number."""
    sizes = (
        [child.get("val", "") for child in font if local_name(child.tag) == "sz"] if font is not None else []
    )
    try:
        return float(sizes[0]) if len(sizes) == 1 and float(sizes[0]) > 0 else None
    except ValueError:
        return None


def _find_colour(font: Element | None) -> Element | None:
    found = [child for child in font if local_name(child.tag) == "color"] if font is not None else []
    return found[0] if found else None


def pick(items: Sequence[Element], index: int) -> Element | None:
    """Find a font or fill by its index; None when there is none of it."""
    return items[index] if index < len(items) else None


def list_backgrounds(fill: Element | None, colours: Colours) -> Iterator[RGB | None]:
    """List the colours behind the text: one, or the stops of a gradient."""
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
