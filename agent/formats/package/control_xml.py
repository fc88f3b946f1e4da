"""The package's control parts as XML: parsed with nothing switched on, canonicalised correctly."""

import re
from functools import cache
from typing import cast

from lxml import etree

from agent.config.limits import DocumentLimits
from agent.errors import DocumentError

_DECLARED_ENCODING = re.compile(r"""\A\s*<\?xml[^>]*?encoding\s*=\s*["']([^"']*)["']""")
# XPath, because it walks a signature's nodes twenty times faster than Python. `/` is the document,
# so that what stands outside of the root is found too.
_STRAY_NODES = etree.XPath(
    "boolean(/descendant::comment()) or boolean(/descendant::processing-instruction())"
)
_XML_ATTRIBUTES = etree.XPath(
    "boolean(/descendant::*/@xml:*)", namespaces={"xml": "http://www.w3.org/XML/1998/namespace"}
)


def parse_control_part(data: bytes, *, where: str, limits: DocumentLimits) -> etree._Element:
    """Parse a control part: UTF-8, no DTD, no processing instruction, no comment, no `xml:` attribute.

    Raises:
        DocumentError: `xml-*` naming what is not allowed, `limit-xml-size`, `limit-xml-depth`.

    """
    if len(data) > limits.max_xml_bytes:
        raise DocumentError("limit-xml-size", f"{where} has {len(data)} octets")
    _check_text(data, where)
    try:
        root = etree.fromstring(data, _parser())
    except (etree.XMLSyntaxError, ValueError) as error:
        reason = " ".join(str(error).split())  # libxml2 breaks some of its lines
        raise DocumentError("xml-malformed", f"{where} is not well-formed XML: {reason}") from error
    _check_nodes(root, where, limits.max_xml_depth)
    return root


def _parser() -> etree.XMLParser:
    return etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False
    )


def _check_text(data: bytes, where: str) -> None:
    """Refuse by text what the parser would act on before it could be asked."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DocumentError("xml-encoding", f"{where} is not UTF-8") from error
    declared = _DECLARED_ENCODING.match(text)
    if declared and declared[1].lower() != "utf-8":
        raise DocumentError("xml-encoding", f"{where} declares the encoding {declared[1]!r}, not UTF-8")
    if "<!DOCTYPE" in text:
        raise DocumentError("xml-dtd", f"{where} has a document type declaration")


def _check_nodes(root: etree._Element, where: str, max_depth: int) -> None:
    if _STRAY_NODES(root):
        raise DocumentError("xml-node", f"{where} has a comment or processing instruction")
    if _deeper_than(max_depth)(root):
        raise DocumentError("limit-xml-depth", f"{where} is nested deeper than {max_depth} elements")
    if _XML_ATTRIBUTES(root):
        raise DocumentError("xml-attribute", f"{where} has an xml: attribute")


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
