"""Shapes: an element is exactly what the profile says, or the signature is refused.

There is no "unknown, ignored": every attribute, child and stretch of text that
a shape does not name is a departure from the profile.
"""

import re
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from functools import cache

from lxml import etree

from agent.errors import DocumentError
from agent.formats.package.findings import (
    ALGORITHM_NOT_ALLOWED,
    REFERENCE_TRANSFORM,
    REFERENCE_URI,
    SIGNATURE_BASE64,
    SIGNATURE_ID,
    SIGNATURE_NAMESPACE,
    SIGNATURE_STRUCTURE,
)
from agent.verdicts import DeclaredFinding

_KINDS = (
    ("Id", SIGNATURE_ID),
    ("ID", SIGNATURE_ID),
    ("Target", SIGNATURE_ID),
    ("URI", REFERENCE_URI),
    ("Algorithm", ALGORITHM_NOT_ALLOWED),
)
"""Attributes whose departure has a finding of its own, first match first."""
_MAX_WORDS = 500
"""Characters of a message: what it quotes is a stranger's."""
_MAX_TEXT = 16 * 1024
"""Characters of one text, a certificate in base64 being the longest; they end in reports."""
_XML_SPACE = re.compile(r"[ \t\r\n]+")
"""White space of XML; Python's idea of it is wider."""

_NO_ATTRIBUTES: Mapping[str, str] = {}
_NO_TEXT = {None}


class ProfileError(DocumentError):
    """A signature part that is well-formed XML and not the profile's structure."""


def departure(finding: DeclaredFinding, message: str) -> ProfileError:
    """Build the error for a departure from the profile."""
    return ProfileError(finding.code, message[:_MAX_WORDS], clause=finding.clause)


def local_name(element: etree._Element) -> str:
    """Name an element for a message."""
    return etree.QName(element).localname


def check_element(element: etree._Element, tag: str, attributes: Mapping[str, str]) -> None:
    """Check an element's name and that its attributes are exactly `attributes`.

    Raises:
        ProfileError: `signature-structure`, `signature-namespace`, or what an attribute has of its own:
            `signature-id`, `reference-uri`, `reference-transform`, `algorithm-not-allowed`.

    """
    if element.tag != tag:
        wanted = etree.QName(tag).localname
        raise departure(SIGNATURE_STRUCTURE, f"found {local_name(element)} where {wanted} belongs")
    if element.prefix != _expected_prefix(tag):
        raise departure(SIGNATURE_NAMESPACE, f"{local_name(element)} has the prefix {element.prefix!r}")
    found = element.items()
    if (found or attributes) and dict(found) != attributes:
        raise _attribute_departure(element, {str(name): str(value) for name, value in found}, attributes)


def _attribute_departure(
    element: etree._Element, found: Mapping[str, str], wanted: Mapping[str, str]
) -> ProfileError:
    """Name what kind of attribute is amiss: an algorithm or an Id is more than a stray one."""
    different = {name for name in {*found, *wanted} if found.get(name) != wanted.get(name)}
    kind = next((kind for name, kind in _KINDS if name in different), SIGNATURE_STRUCTURE)
    if kind is ALGORITHM_NOT_ALLOWED and local_name(element) == "Transform":
        kind = REFERENCE_TRANSFORM
    return departure(kind, f"{local_name(element)} has the attributes {found}")


@cache  # of the tags that shapes name, never of what a document has
def _expected_prefix(tag: str) -> str | None:
    """Office's parsers look for these literal prefixes; anything else is another tool's document."""
    namespace = etree.QName(tag).namespace or ""
    if namespace.endswith("/digital-signature"):
        return "mdssi"
    return "xd" if namespace.startswith("http://uri.etsi.org/") else None


def children(
    element: etree._Element, tags: Sequence[str], attributes: Sequence[Mapping[str, str]] | None = None
) -> list[etree._Element]:
    """List the children, which must be exactly `tags` in this order, with no text between them.

    `attributes` gives each child's exact attributes, none where it is left out.

    Raises:
        ProfileError: `signature-structure`.

    """
    found = all_children(element)
    check_children(element, found, tags, attributes)
    return found


def check_children(
    element: etree._Element,
    found: Sequence[etree._Element],
    tags: Sequence[str],
    attributes: Sequence[Mapping[str, str]] | None = None,
) -> None:
    """Check the children of an element, as `all_children` found them: otherwise as `children`.

    Raises:
        ProfileError: `signature-structure`.

    """
    if len(found) != len(tags):
        names = ", ".join(local_name(child) for child in found[:12]) or "nothing"
        raise departure(SIGNATURE_STRUCTURE, f"{local_name(element)} holds {names}")
    for index, (child, tag) in enumerate(zip(found, tags, strict=True)):
        check_element(child, tag, attributes[index] if attributes else _NO_ATTRIBUTES)


def check_empty(element: etree._Element) -> None:
    """Check that an element holds nothing but white space.

    Raises:
        ProfileError: `signature-structure`.

    """
    if len(element) or element.text:
        children(element, ())


def all_children(element: etree._Element) -> list[etree._Element]:
    """List the children, with nothing but white space between them.

    Raises:
        ProfileError: `signature-structure`.

    """
    found = list(element)
    texts = {element.text, *[child.tail for child in found]}  # nearly always None, and nothing else
    if texts != _NO_TEXT and any(text and text.strip(" \t\r\n") for text in texts):
        raise departure(SIGNATURE_STRUCTURE, f"{local_name(element)} has text between its elements")
    return found


def only_child(
    element: etree._Element, tag: str, attributes: Mapping[str, str] | None = None
) -> etree._Element:
    """Find the one child an element must have.

    Raises:
        ProfileError: `signature-structure`.

    """
    return children(element, [tag], [attributes or {}])[0]


def text_of(element: etree._Element) -> str:
    """Read the text of an element that holds nothing else.

    Raises:
        ProfileError: `signature-structure`.

    """
    if len(element):
        raise departure(SIGNATURE_STRUCTURE, f"{local_name(element)} holds elements where text belongs")
    text = element.text or ""
    if len(text) > _MAX_TEXT:
        raise departure(SIGNATURE_STRUCTURE, f"{local_name(element)} has {len(text)} characters")
    return text


def octets_of(element: etree._Element, *, length: int | None = None) -> bytes:
    """Decode an element's base64 text, of exactly `length` octets when given.

    Raises:
        ProfileError: `signature-structure`, `signature-base64`.

    """
    text = text_of(element)
    if _XML_SPACE.search(text):
        text = _XML_SPACE.sub("", text)
    try:
        octets = b64decode(text, validate=True)
    except ValueError as error:
        raise departure(SIGNATURE_BASE64, f"{local_name(element)} is not base64") from error
    if b64encode(octets).decode("ascii") != text:
        raise departure(SIGNATURE_BASE64, f"{local_name(element)} is not encoded in the one way there is")
    if not octets or (length is not None and len(octets) != length):
        raise departure(SIGNATURE_BASE64, f"{local_name(element)} has {len(octets)} octets")
    return octets
