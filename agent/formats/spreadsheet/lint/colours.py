"""Colours as they are shown: RGB, theme with tint, palette (ECMA-376 part 1, clauses 18.8.3 and 18.8.27)."""

import colorsys
import re
from collections.abc import Sequence
from typing import Final

from lxml.etree import _Element as Element

from agent.dataclass import dataclass
from agent.formats.spreadsheet.lint.names import parse_number, split_tag

RGB = tuple[int, int, int]
BLACK: Final[RGB] = (0, 0, 0)
WHITE: Final[RGB] = (255, 255, 255)
_ARGB: Final = re.compile(r"[0-9A-Fa-f]{2}([0-9A-Fa-f]{6})", re.ASCII)
"""ST_UnsignedIntHex (18.18.86): eight digits, and readers differ about anything else."""
_RGB: Final = re.compile(r"[0-9A-Fa-f]{6}", re.ASCII)
_TINT: Final = re.compile(r"[+-]?[0-9]{1,3}(?:\.[0-9]{1,30})?(?:[eE][+-]?[0-9]{1,3})?", re.ASCII)
_NAMES: Final = frozenset({"rgb", "theme", "indexed"})
_SYSTEM: Final = {64: "000000", 65: "FFFFFF"}
"""Foreground and background of windows (18.8.27), as every desktop has them unless told otherwise."""
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
    "0000FF",
    "800080",
)
_ORDER: Final = (
    *("lt1", "dk1", "lt2", "dk2"),
    *("accent1", "accent2", "accent3", "accent4", "accent5", "accent6", "hlink", "folHlink"),
)
_WINDOW: Final = {"windowText": "000000", "window": "FFFFFF"}
_LINEAR_UNTIL: Final = 0.04045
"""Where the curve of sRGB begins to bend (IEC 61966-2-1)."""
_LEAST_CONTRAST: Final = 1.36
"""Contrast ratio (WCAG 2.2, 1.4.3: text should have 4.5) below which two colours look the same.

White on yellow, the worst that Excel's own cell styles have (60% - Accent4 of 2013), has 1.37.
"""


@dataclass(frozen=True, slots=True)
class Colours:
    """What the numbers of colours stand for in one workbook."""

    theme: Sequence[str] = _THEME
    """Empty where it is not known which colour a name stands for."""
    palette: Sequence[str] = _PALETTE

    def resolve(self, element: Element | None, automatic: RGB) -> RGB | None:
        """Give the colour of a `color` element (or `fgColor`, `bgColor`); `automatic` when it names none.

        None when programs may show different colours, or one that is not known here.
        """
        if element is None or not _NAMES.intersection(element.keys()):
            return automatic
        found = [self._find(name, element.get(name, "")) for name in _NAMES.intersection(element.keys())]
        if len(element) or "" in found or not _TINT.fullmatch(element.get("tint", "0")):
            return None
        colours = [_tint(_parse(digits), float(element.get("tint", "0"))) for digits in found]
        # Which of two counts depends on the program.
        return colours[0] if all(look_the_same(colours[0], other) for other in colours) else None

    def _find(self, name: str, value: str) -> str:
        if name == "rgb":
            digits = _ARGB.fullmatch(value)
            return digits[1] if digits else ""
        number = parse_number(value)
        if number is None:
            return ""
        table = self.theme if name == "theme" else self.palette
        return table[number] if number < len(table) else _SYSTEM.get(number, "") if name == "indexed" else ""


def palette_of(table: Element) -> tuple[str, ...]:
    """Read a palette of the workbook's own (18.8.20); what is no colour there is empty."""
    found = (_ARGB.fullmatch(item.get("rgb", "")) for item in table)
    return tuple(rgb[1] if rgb else "" for rgb in found)[: len(_PALETTE)]


def theme_colours(root: Element) -> tuple[str, ...]:
    """Read the colour scheme of a theme part (DrawingML, clause 20.1.6.2), in SpreadsheetML's order.

    A colour that is not plain RGB or a window's is empty: it is not known what is shown.
    """
    found: dict[str, str] = {}
    for element in root.iter():
        name = split_tag(element.tag)[1]
        if name == "fontScheme":
            break
        if name in _ORDER:
            found[name] = "" if name in found else _theme_colour(element)
    return tuple(found.get(name, "") for name in _ORDER)


def _theme_colour(element: Element) -> str:
    if len(element) != 1 or len(element[0]):
        return ""
    kind, value = split_tag(element[0].tag)[1], element[0].get("val", "")
    if kind == "sysClr":
        return _WINDOW.get(value, "")
    return value if kind == "srgbClr" and _RGB.fullmatch(value) else ""


def contrast(first: RGB, second: RGB) -> float:
    """Compute the contrast ratio of two colours (WCAG 2.2): from 1, the same, to 21, black and white."""
    lighter, darker = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def look_the_same(first: RGB, second: RGB) -> bool:
    """Tell whether text of one colour cannot be read on the other."""
    return contrast(first, second) < _LEAST_CONTRAST


def _parse(digits: str) -> RGB:
    red, green, blue = bytes.fromhex(digits[-6:])
    return red, green, blue


def _luminance(colour: RGB) -> float:
    linear = [
        value / 12.92 if value <= _LINEAR_UNTIL else ((value + 0.055) / 1.055) ** 2.4
        for value in (channel / 255 for channel in colour)
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _tint(colour: RGB, tint: float) -> RGB:
    """Lighten (positive) or darken a colour (18.8.19)."""
    tint = max(-1.0, min(1.0, tint))
    hue, light, saturation = colorsys.rgb_to_hls(*(channel / 255 for channel in colour))
    light = light * (1 + tint) if tint < 0 else light * (1 - tint) + tint
    red, green, blue = (round(255 * value) for value in colorsys.hls_to_rgb(hue, light, saturation))
    return red, green, blue
