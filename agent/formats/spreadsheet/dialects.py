"""The two dialects of SpreadsheetML: the same words in two sets of namespaces (ECMA-376 parts 1 and 4)."""

from typing import Final

TRANSITIONAL_MAIN: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
STRICT_MAIN: Final = "http://purl.oclc.org/ooxml/spreadsheetml/main"
TRANSITIONAL_RELATIONSHIPS: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
STRICT_RELATIONSHIPS: Final = "http://purl.oclc.org/ooxml/officeDocument/relationships"

MAIN_NAMESPACES: Final = (TRANSITIONAL_MAIN, STRICT_MAIN)
RELATIONSHIP_NAMESPACES: Final = (TRANSITIONAL_RELATIONSHIPS, STRICT_RELATIONSHIPS)


def relationship_types(name: str) -> tuple[str, ...]:
    """List the relationship types, transitional and strict, that a short name such as `worksheet` has."""
    return tuple(f"{namespace}/{name}" for namespace in RELATIONSHIP_NAMESPACES)
