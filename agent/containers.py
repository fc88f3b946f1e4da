"""The containers that signatures are kept in."""

from enum import StrEnum


class ContainerFormat(StrEnum):
    """Where signatures are kept."""

    PACKAGE = "package"
    """In the workbook itself, as Office keeps them."""
    CMS = "cms"
    """In a `.p7s` beside the file, whatever its type."""
