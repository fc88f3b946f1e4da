"""How much of a document is read before it is refused.

A workbook comes by e-mail from strangers: without limits a few kilobytes
inflate to terabytes. The limits are enforced while inflating and parsing,
never after.
"""

from dataclasses import dataclass

_MEBIBYTE = 1024 * 1024
_GIBIBYTE = 1024 * _MEBIBYTE


@dataclass(frozen=True, slots=True)
class DocumentLimits:
    """Limits on one document; every number is a maximum that is itself still accepted."""

    max_file_bytes: int = 256 * _MEBIBYTE
    """Bytes of the file itself, which is held in memory."""
    max_entries: int = 10_000
    """Entries in the zip."""
    max_entry_bytes: int = _GIBIBYTE
    """Bytes of one entry, inflated."""
    max_total_bytes: int = 2 * _GIBIBYTE
    """Bytes of all entries together, inflated."""
    max_ratio: int = 1000
    """Inflated bytes for one deflated byte of an entry; deflate itself cannot exceed 1032."""
    ratio_floor_bytes: int = _MEBIBYTE
    """Inflated size up to which `max_ratio` is not judged: a small empty sheet compresses very well."""
    max_xml_bytes: int = 16 * _MEBIBYTE
    """Bytes of one control or signature part (content types, relationships, signatures), inflated."""
    max_xml_depth: int = 64
    """Depth of elements in a control or signature part."""
