"""How much of a document is read before it is refused.

A workbook comes by e-mail from strangers: without limits a few kilobytes
inflate to terabytes. The limits are enforced while inflating and parsing,
never after.
"""

from agent.dataclass import dataclass

_MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class DocumentLimits:
    """Limits on one document; every number is a maximum that is itself still accepted."""

    max_file_bytes: int = 256 * _MEBIBYTE
    """Bytes of the file itself, which is held in memory."""
    max_entries: int = 5_000
    """Entries in the zip, and relationships in all."""
    max_entry_bytes: int = 512 * _MEBIBYTE
    """Bytes of one entry, inflated."""
    max_total_bytes: int = 512 * _MEBIBYTE
    """Bytes of all entries together, inflated: what is inflated and hashed in less than two seconds."""
    max_ratio: int = 1000
    """Inflated bytes for one deflated byte of an entry; deflate itself cannot exceed 1032."""
    ratio_floor_bytes: int = _MEBIBYTE
    """Inflated size up to which `max_ratio` is not judged: a small empty sheet compresses very well."""
    max_xml_bytes: int = 4 * _MEBIBYTE
    """Bytes of all control parts together (content types, relationships, signatures), inflated.

    A part takes 900 of them in a workbook that is signed twice, a second of work takes as many as there are.
    """
    max_xml_depth: int = 64
    """Depth of elements in a control or signature part."""
    max_cpu_seconds: int = 30
    """Processor time of the worker process that reads the document (docs/batch.md); here and in the next two
    the limits hold where there is such a process."""
    max_seconds: int = 60
    """Time that the worker process may take in all; what it waits for others does not count."""
    max_memory_bytes: int = 2048 * _MEBIBYTE
    """Address space of the worker process, the interpreter's own of about 300 MiB included."""
