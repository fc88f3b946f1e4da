"""The small parts of a workbook, parsed whole: the workbook itself, styles, theme, drawings, comments."""

from typing import cast

from lxml import etree
from lxml.etree import _Element as Element

from agent.errors import DocumentError
from agent.formats.package.package import Package
from agent.formats.spreadsheet.lint.splitter import Lost


def parse_small_part(package: Package, part: str) -> Element:
    """Parse a part that a control part may be as large as.

    Raises:
        Lost: it is too large, not well-formed, damaged, or has a DTD.

    """
    parser = etree.XMLParser(
        remove_comments=True,
        remove_pis=True,
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
    )
    try:
        root = etree.fromstring(package.read_part(part), parser)
    except DocumentError as error:
        raise Lost(error.message) from error
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Lost("it is not well-formed XML") from error
    if cast("object", root.getroottree().docinfo.internalDTD) is not None:
        raise Lost("it has a document type declaration")
    return root
