"""The small parts of a workbook, parsed whole: the workbook itself, styles, theme, drawings, comments."""

from typing import cast

from lxml import etree
from lxml.etree import _Element as Element

from agent.errors import DocumentError
from agent.formats.package.package import Package
from agent.formats.spreadsheet.lint.splitter import Lost
from agent.formats.spreadsheet.xml import PARSER_OPTIONS

_LARGEST = 16 * 1024 * 1024
"""Octets of a part that is parsed whole: styles are the largest, a few MiB at most."""


def parse_small_part(package: Package, part: str) -> Element:
    """Parse a part of at most 16 MiB.

    Raises:
        Lost: it is too large, not well-formed, damaged, or has a DTD.

    """
    parser = etree.XMLParser(**PARSER_OPTIONS)
    try:
        root = etree.fromstring(_read(package, part), parser)
    except DocumentError as error:
        raise Lost(error.message) from error
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Lost("it is not well-formed XML") from error
    if cast("object", root.getroottree().docinfo.internalDTD) is not None:
        raise Lost("it has a document type declaration")
    return root


def _read(package: Package, part: str) -> bytes:
    entry = package.entries.get(package.find_part(part) or "")
    if entry is not None and entry.central.size > _LARGEST:
        raise Lost("it is too large")
    with package.open_part(part) as stream:
        return stream.read()
