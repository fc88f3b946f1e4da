"""Printed headers and footers: what they say, and how high they are (ECMA-376 part 1, clause 18.3.1.46)."""

import re
from collections.abc import Iterator, Mapping
from math import isnan
from typing import Final

from lxml.etree import _Element as Element

from agent.dataclass import dataclass
from agent.formats.spreadsheet.lint.names import local_name, split_tag

HEADER_DRAWING: Final = "headerdrawing"
"""Kind of the part with a header's pictures: a drawing that lies over no cell on the screen."""
_NAMES: Final = ("oddHeader", "oddFooter", "evenHeader", "evenFooter", "firstHeader", "firstFooter")
_CODE: Final = re.compile(
    r"&(?:(?P<literal>&)|\"[^\"]*\"|K(?:[0-9A-Fa-f]{6}|[0-9]{2}[+-][0-9]{3})"
    r"|(?P<size>[0-9]{1,3})|(?P<section>[LCRlcr])|(?P<number>[PNpn](?:[+-][0-9]{1,5})?)|.)",
    re.DOTALL,
)
_SIZE: Final = 11
"""Points of text that names no size."""
_LINE: Final = 1.2
"""Lines of text are higher than their letters."""
_POINTS: Final = 72
_SLACK: Final = 15.0
"""Points: a header that reaches so far over the margin touches no more than the border of the first row."""
_MARGINS: Final = {"top": 0.75, "bottom": 0.75, "header": 0.3, "footer": 0.3}
_TALLEST: Final = 108.0
"""Points of a logo: an inch and a half."""
_UNITS: Final = {"pt": 1.0, "in": 72.0, "cm": 72 / 2.54, "mm": 72 / 25.4, "px": 0.75, "pc": 12.0, "": 0.75}
_HEIGHT: Final = re.compile(
    r"(?:^|;)\s*height\s*:\s*([0-9]{1,6}(?:\.[0-9]{1,12})?)\s*(pt|in|cm|mm|px|pc|)\s*(?:;|$)"
)


@dataclass(frozen=True, slots=True)
class Header:
    """One header or footer."""

    name: str
    """As its element is called."""
    text: str
    """What it says besides numbers of pages, dates and names of sheet and file."""
    height: float
    """Points of the highest of its three sections."""


def list_headers(element: Element) -> Iterator[Header]:
    """Yield the headers and footers of a `headerFooter`; none of any other element."""
    if local_name(element.tag) != "headerFooter":
        return
    for child in element:
        name = split_tag(child.tag)[1]
        if name in _NAMES:
            yield _read(name, "".join(map(str, child.itertext())))


def _read(name: str, code: str) -> Header:
    """Read a header's code; a section that is given twice goes on (18.3.1.46), so heights are added up."""
    text, position, section = "", 0, "C"
    lines: dict[str, list[float]] = {}
    size = _SIZE
    for match in (*_CODE.finditer(code), None):
        plain = code[position : match.start() if match else len(code)]
        plain += "&" if match and match["literal"] else ""
        text += plain
        _measure(lines.setdefault(section, [0.0]), plain, size)
        if match is None:
            break
        position = match.end()
        if match["section"]:
            section, size, text = match["section"].upper(), _SIZE, text + " "
        elif match["size"]:
            size = int(match["size"])
        else:
            # What a field says is not known, but it is as high as its letters.
            _measure(lines.setdefault(section, [0.0]), "" if match[0][1:2] in '"KG' else "x", size)
    return Header(name, text, max(sum(heights) for heights in lines.values()))


def _measure(lines: list[float], text: str, size: int) -> None:
    for number, line in enumerate(text.replace("\r\n", "\n").replace("\r", "\n").split("\n")):
        if number:
            lines.append(_SIZE * _LINE)
        if line.strip():
            lines[-1] = max(lines[-1], size * _LINE)


def read_margins(element: Element) -> Mapping[str, float]:
    """Read a `pageMargins` (18.3.1.62), in inches; what is no number there is no margin at all."""
    found = dict.fromkeys(_MARGINS, 0.0)
    for name in _MARGINS:
        try:
            found[name] = float(element.get(name, _MARGINS[name]))
        except ValueError:
            continue
    return found


def room_of(margins: Mapping[str, float], header: Header) -> float:
    """Compute how high a header may be before it lies over cells, in points; NaN counts as nothing."""
    edge, start = ("bottom", "footer") if header.name.endswith("Footer") else ("top", "header")
    room = (margins.get(edge, _MARGINS[edge]) - margins.get(start, _MARGINS[start])) * _POINTS
    return _SLACK + (0.0 if isnan(room) else max(room, 0.0))


def is_tall_picture(shape: Element) -> bool:
    """Tell whether a shape of a header's drawing is higher than a logo, or of no known height."""
    if split_tag(shape.tag)[1] not in ("shape", "rect", "oval", "roundrect", "line", "image"):
        return False
    found = _HEIGHT.search(shape.get("style") or "")
    return found is None or float(found[1]) * _UNITS[found[2]] > _TALLEST
