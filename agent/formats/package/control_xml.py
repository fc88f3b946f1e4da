"""The package's control parts as XML: parsed with nothing switched on, canonicalised correctly."""

import re
from functools import cache
from typing import cast

from lxml import etree

from agent.config.limits import DocumentLimits
from agent.formats.package.findings import (
    LIMIT_XML_DEPTH,
    LIMIT_XML_NODES,
    LIMIT_XML_SIZE,
    XML_ATTRIBUTE,
    XML_DTD,
    XML_ENCODING,
    XML_MALFORMED,
    XML_NODE,
)

_OCTETS_A_NODE = 32
"""Of the limit, for each tag and attribute: what has four octets in the file takes a hundred in memory."""
_MAX_ATTRIBUTES = 16
"""Of one element: lxml looks for each value from the first attribute on, which is quadratic."""
_DECLARED_ENCODING = re.compile(r"""\A\s*<\?xml[^>]*?encoding\s*=\s*["']([^"']*)["']""")
# XPath, because it walks a signature's nodes twenty times faster than Python. `/` is the document,
# so that what stands outside of the root is found too.
_STRAY_NODES = etree.XPath(
    "boolean(/descendant::comment()) or boolean(/descendant::processing-instruction())"
)
_MANY_ATTRIBUTES = etree.XPath(f"boolean(/descendant::*/@*[{_MAX_ATTRIBUTES + 1}])")
_XML_ATTRIBUTES = etree.XPath(
    "boolean(/descendant::*/@xml:*)", namespaces={"xml": "http://www.w3.org/XML/1998/namespace"}
)


def parse_control_part(data: bytes, *, where: str, limits: DocumentLimits) -> etree._Element:
    """Parse a control part: UTF-8, no DTD, no processing instruction, no comment, no `xml:` attribute.

    Raises:
        DocumentError: `xml-*` naming what is not allowed, or `limit-xml-size`, `limit-xml-nodes`,
            `limit-xml-depth`.

    """
    if len(data) > limits.max_xml_bytes:
        raise LIMIT_XML_SIZE.error(f"{where} has {len(data)} octets")
    if data.count(b"<") + data.count(b"=") > limits.max_xml_bytes // _OCTETS_A_NODE:
        raise LIMIT_XML_NODES.error(f"{where} has too many tags and attributes")
    _check_text(data, where)
    try:
        root = etree.fromstring(data, _parser())
    except (etree.XMLSyntaxError, ValueError) as error:
        reason = " ".join(str(error).split())  # libxml2 breaks some of its lines
        raise XML_MALFORMED.error(f"{where} is not well-formed XML: {reason}") from error
    _check_nodes(root, where, limits.max_xml_depth)
    return root


def _parser() -> etree.XMLParser:
    return etree.XMLParser(
        # named here, or libxml2 would guess from the first octets, and find UTF-16 without a byte order mark
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        strip_cdata=False,
    )


def _check_text(data: bytes, where: str) -> None:
    """Refuse by text what the parser would act on before it could be asked."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise XML_ENCODING.error(f"{where} is not UTF-8") from error
    declared = _DECLARED_ENCODING.match(text)
    if declared and declared[1].lower() != "utf-8":
        raise XML_ENCODING.error(f"{where} declares the encoding {declared[1]!r}, not UTF-8")
    if "\0" in text:
        raise XML_ENCODING.error(f"{where} holds NUL, as UTF-16 does")
    if "<![CDATA[" in text:
        raise XML_NODE.error(f"{where} has a CDATA section")
    if "<!DOCTYPE" in text:
        raise XML_DTD.error(f"{where} has a document type declaration")


def _check_nodes(root: etree._Element, where: str, max_depth: int) -> None:
    document = root.getroottree().docinfo
    if document.xml_version != "1.0":
        raise XML_MALFORMED.error(f"{where} is XML {document.xml_version}")
    if _STRAY_NODES(root):
        raise XML_NODE.error(f"{where} has a comment or processing instruction")
    if _deeper_than(max_depth)(root):
        raise LIMIT_XML_DEPTH.error(f"{where} is nested deeper than {max_depth} elements")
    if _MANY_ATTRIBUTES(root):
        raise LIMIT_XML_NODES.error(f"{where} has an element with more than {_MAX_ATTRIBUTES} attributes")
    if _XML_ATTRIBUTES(root):
        raise XML_ATTRIBUTE.error(f"{where} has an xml: attribute")


@cache
def _deeper_than(depth: int) -> etree.XPath:
    return etree.XPath(f"boolean({'/*' * (depth + 1)})")


def default_namespace(uri: str) -> dict[str, str]:
    """Build an `nsmap` for a default namespace (lxml's stubs do not know its key None)."""
    return cast("dict[str, str]", {None: uri})


def canonicalize(element: etree._Element) -> bytes:
    """Canonical XML 1.0 without comments of an element in its place in the tree.

    lxml's inclusive C14N of a sub-element writes a bogus `xmlns=""` under an
    inherited default namespace (seen from 4.9.4 to 6.1.3), so the element is
    serialised with its inherited namespaces and parsed anew first.

    Source: W3C REC-xml-c14n-20010315.
    """
    alone = etree.fromstring(
        etree.tostring(element, with_tail=False, encoding="utf-8"),
        _parser(),
    )
    return etree.tostring(alone, method="c14n", with_comments=False)
