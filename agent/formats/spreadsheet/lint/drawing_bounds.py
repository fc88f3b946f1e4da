"""Whether a drawing stays within its anchor: a closed list, because what is drawn may reach anywhere.

Source: ECMA-376 part 1, clauses 20.5 (anchors) and 20.1 (shapes).
"""

import re
from collections.abc import Iterable
from typing import Final

from lxml.etree import _Element as Element

from agent.formats.spreadsheet.lint.names import split_tag

_NUMBER: Final = re.compile(r"[0-9]{1,9}", re.ASCII)
_OFFSET_MOST: Final = 10_000_000
"""English Metric Units (360,000 to the centimetre): more than the widest column or highest row has."""
_LINE_MOST: Final = 76_200
"""English Metric Units: six points."""
_ANCHORED: Final = frozenset({"from", "to", "ext", "pic", "sp", "graphicFrame", "clientData"})
_PLAIN: Final = frozenset(
    {
        *(
            "pic",
            "nvPicPr",
            "cNvPr",
            "cNvPicPr",
            "picLocks",
            "blipFill",
            "blip",
            "srcRect",
            "stretch",
            "fillRect",
        ),
        *("sp", "nvSpPr", "cNvSpPr", "spLocks", "spPr", "xfrm", "off", "ext", "prstGeom", "avLst", "ln"),
        *("noFill", "solidFill", "srgbClr", "schemeClr", "sysClr", "prstDash", "round", "miter", "bevel"),
        *("style", "lnRef", "fillRef", "effectRef", "fontRef", "lumMod", "lumOff", "shade", "tint", "alpha"),
        *(
            "txBody",
            "bodyPr",
            "lstStyle",
            "p",
            "pPr",
            "r",
            "rPr",
            "t",
            "br",
            "endParaRPr",
            "latin",
            "ea",
            "cs",
        ),
        *("extLst", "useLocalDpi", "creationId", "hlinkClick"),
    }
)
"""Elements of pictures and shapes that draw nothing outside of their rectangle."""
_GEOMETRIES: Final = frozenset({"rect", "roundRect", "ellipse", "triangle", "diamond", "line"})


def is_bounded(anchor: Element) -> bool:
    """Tell whether nothing of it is drawn outside of the cells of its anchor."""
    children = [(split_tag(child.tag)[1], child) for child in anchor]
    if anchor.get("editAs", "oneCell") not in ("oneCell", "twoCell"):
        return False
    if not {name for name, _ in children} <= _ANCHORED:
        return False
    return all(_is_plain_child(name, child) for name, child in children)


def _is_plain_child(name: str, child: Element) -> bool:
    if name in ("from", "to"):
        return all(_is_offset((item.text or "").strip()) for item in child)
    if name == "ext":
        return all(_is_offset(child.get(side, ""), most=10**9) for side in ("cx", "cy"))
    # A chart is drawn in its own frame, whatever is in it.
    return name in ("graphicFrame", "clientData") or _is_plain_shape(child)


def _is_offset(text: str, most: int = _OFFSET_MOST) -> bool:
    return _NUMBER.fullmatch(text) is not None and int(text) <= most


def _is_plain_shape(shape: Element) -> bool:
    elements = [(split_tag(item.tag)[1], item) for item in shape.iter() if isinstance(item.tag, str)]
    if not {name for name, _ in elements} <= _PLAIN:
        return False
    has_text = any(name == "t" and (item.text or "").strip() for name, item in elements)
    return all(_is_plain_element(name, item, has_text=has_text) for name, item in elements)


def _is_plain_element(name: str, item: Element, *, has_text: bool) -> bool:
    if name == "prstGeom":
        return item.get("prst") in _GEOMETRIES and not any(len(child) for child in item)
    if name == "xfrm":
        return item.get("rot", "0") == "0"
    if name == "ln":
        return _is_offset(item.get("w", "9525"), most=_LINE_MOST)
    if name == "effectRef":
        return item.get("idx") == "0"
    if name == "fillRect":
        return not item.attrib
    if name == "lnRef":
        return item.get("idx") == "0" or _has_own_line(item)
    if name == "bodyPr" and has_text:
        return _is_clipped(item.get(side) for side in ("vertOverflow", "horzOverflow")) and not item.get(
            "rot"
        )
    return True


def _has_own_line(reference: Element) -> bool:
    """Tell whether the shape says how wide its line is: the theme's may be of any width."""
    style = reference.getparent()
    shape = style.getparent() if style is not None else None
    lines = [item for item in shape.iter() if split_tag(item.tag)[1] == "ln"] if shape is not None else []
    return bool(lines) and all(line.get("w") is not None or _is_none(line) for line in lines)


def _is_none(line: Element) -> bool:
    return any(split_tag(item.tag)[1] == "noFill" for item in line)


def _is_clipped(overflows: Iterable[str | None]) -> bool:
    return all(overflow == "clip" for overflow in overflows)
