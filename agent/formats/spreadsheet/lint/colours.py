"""Colours as they are shown: RGB, theme with tint, palette (ECMA-376 part 1, clauses 18.8.3 and 18.8.27)."""

import colorsys
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from lxml.etree import _Element as Element

from agent.formats.spreadsheet.lint.names import parse_number, split_tag

RGB = tuple[int, int, int]
BLACK: Final[RGB] = (0, 0, 0)
WHITE: Final[RGB] = (255, 255, 255)
_HEX: Final = re.compile(r"(?:[0-9A-Fa-f]{2})?([0-9A-Fa-f]{6})")
_BASIC: Final = ("000000", "FFFFFF", "FF0000", "00FF00", "0000FF", "FFFF00", "FF00FF", "00FFFF")
_PALETTE: Final = (
    *_BASIC,
    *_BASIC,
    *[
        "800000",
        "008000",
        "000080",
        "808000",
        "800080",
        "008080",
        "C0C0C0",
        "808080",
        "9999FF",
        "993366",
        "FFFFCC",
        "CCFFFF",
        "660066",
        "FF8080",
    ],
    *[
        "0066CC",
        "CCCCFF",
        "000080",
        "FF00FF",
        "FFFF00",
        "00FFFF",
        "800080",
        "800000",
        "008080",
        "0000FF",
        "00CCFF",
        "CCFFFF",
        "CCFFCC",
        "FFFF99",
    ],
    *[
        "99CCFF",
        "FF99CC",
        "CC99FF",
        "FFCC99",
        "3366FF",
        "33CCCC",
        "99CC00",
        "FFCC00",
        "FF9900",
        "FF6600",
        "666699",
        "969696",
        "003366",
        "339966",
    ],
    *["003300", "333300", "993300", "993366", "333399", "333333"],
)
_THEME: Final = (
    "FFFFFF",
    "000000",
    "EEECE1",
    "1F497D",
    "4F81BD",
    "C0504D",
    "9BBB59",
    "8064A2",
    "4BACC6",
    "F79646",
)
_ORDER: Final = ("lt1", "dk1", "lt2", "dk2", "accent1", "accent2", "accent3", "accent4", "accent5", "accent6")
_LINEAR_UNTIL: Final = 0.04045
"""Where the curve of sRGB begins to bend (IEC 61966-2-1)."""
_LEAST_CONTRAST: Final = 1.25
"""Contrast ratio (WCAG 2.2, 1.4.3: text should have 4.5) below which two colours look the same."""


@dataclass(frozen=True, slots=True)
class Colours:
    """What the numbers of colours stand for in one workbook."""

    theme: Sequence[str] = _THEME
    palette: Sequence[str] = _PALETTE

    def resolve(self, element: Element | None, automatic: RGB) -> RGB:
        """Give the colour of a `color` element (or `fgColor`, `bgColor`); `automatic` when it names none."""
        if element is None:
            return automatic
        rgb = _HEX.fullmatch(element.get("rgb", ""))
        if rgb:
            return _tint(_parse(rgb[1]), element.get("tint"))
        for name, table in (("theme", self.theme), ("indexed", self.palette)):
            number = parse_number(element.get(name))
            if number is not None and number < len(table):
                return _tint(_parse(table[number]), element.get("tint"))
        return automatic


def palette_of(table: Element) -> tuple[str, ...]:
    """Read a palette of the workbook's own (18.8.20); what is no colour stays the standard one."""
    found = [item.get("rgb", "") for item in table]
    return tuple(
        rgb if _HEX.fullmatch(rgb) else _PALETTE[index % len(_PALETTE)] for index, rgb in enumerate(found)
    )


def theme_colours(root: Element) -> tuple[str, ...]:
    """Read the colour scheme of a theme part (DrawingML, clause 20.1.6.2), in SpreadsheetML's order."""
    found: dict[str, str] = {}
    for element in root.iter():
        name = split_tag(element.tag)[1]
        if name == "fontScheme":
            break
        if name in _ORDER and len(element):
            value = element[0].get("lastClr") or element[0].get("val") or ""
            found.setdefault(name, value if _HEX.fullmatch(value) else "")
    return tuple(found.get(name) or _THEME[index] for index, name in enumerate(_ORDER))


def look_the_same(first: RGB, second: RGB) -> bool:
    """Tell whether text of one colour cannot be read on the other."""
    lighter, darker = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05) < _LEAST_CONTRAST


def _parse(digits: str) -> RGB:
    red, green, blue = bytes.fromhex(digits[-6:])
    return red, green, blue


def _luminance(colour: RGB) -> float:
    linear = [
        value / 12.92 if value <= _LINEAR_UNTIL else ((value + 0.055) / 1.055) ** 2.4
        for value in (channel / 255 for channel in colour)
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _tint(colour: RGB, text: str | None) -> RGB:
    """Lighten (positive) or darken a colour (18.8.19)."""
    try:
        tint = max(-1.0, min(1.0, float(text or 0)))
    except ValueError:
        return colour
    hue, light, saturation = colorsys.rgb_to_hls(*(channel / 255 for channel in colour))
    light = light * (1 + tint) if tint < 0 else light * (1 - tint) + tint
    red, green, blue = (round(255 * value) for value in colorsys.hls_to_rgb(hue, light, saturation))
    return red, green, blue
