"""Names of places, and the XML names that lints share (ECMA-376 part 1; part 3 for `mc`)."""

import re
from functools import lru_cache
from typing import Final

from lxml.etree import _Element as Element

from agent.formats.spreadsheet.cells import quote_sheet
from agent.formats.spreadsheet.dialects import MAIN_NAMESPACES, RELATIONSHIP_NAMESPACES

MARKUP_COMPATIBILITY: Final = "http://schemas.openxmlformats.org/markup-compatibility/2006"
_NUMBER: Final = re.compile(r"\+?0*([0-9]{1,9})")
ALTERNATE_CONTENT: Final = f"{{{MARKUP_COMPATIBILITY}}}AlternateContent"


def place_of(sheet: str, reference: str) -> str:
    """Write a cell or range of a sheet: 'Sheet'!B7."""
    return f"{quote_sheet(sheet)}!{reference}"


@lru_cache(maxsize=1024)
def split_tag(tag: object) -> tuple[str, str]:
    """Split an element's tag into namespace and local name."""
    namespace, _, name = str(tag).removeprefix("{").rpartition("}")
    return namespace, name


@lru_cache(maxsize=1024)
def local_name(tag: object) -> str:
    """Give the local name of an element of SpreadsheetML, in either dialect; empty for any other."""
    namespace, name = split_tag(tag)
    return name if namespace in MAIN_NAMESPACES else ""


def is_true(value: str | None) -> bool:
    """Read an xsd:boolean; what is none counts as true, since a reader may take it so."""
    return value is not None and value.strip() not in ("0", "false", "off", "")


def parse_number(text: str | None) -> int | None:
    """Parse an unsigned integer of at most nine digits as XML Schema writes it; None when it is none."""
    found = _NUMBER.fullmatch(text.strip()) if text else None
    return int(found[1]) if found else None


def relationship_id(element: Element) -> str:
    """Give the `r:id` of an element, empty when it has none."""
    found = (element.get(f"{{{namespace}}}id") for namespace in RELATIONSHIP_NAMESPACES)
    return next((value for value in found if value), "")
