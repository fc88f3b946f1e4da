"""Shapes: an element is exactly what the profile says, or the signature is refused.

There is no "unknown, ignored": every attribute, child and stretch of text that
a shape does not name is a departure from the profile.
"""

from base64 import b64decode
from collections.abc import Mapping, Sequence
from functools import cache

from lxml import etree

from agent.errors import DocumentError

_NO_ATTRIBUTES: Mapping[str, str] = {}


class ProfileError(DocumentError):
    """A signature part that is well-formed XML and not the profile's structure."""


def departure(code: str, message: str) -> ProfileError:
    """Build the error for a departure; `code` is the finding's."""
    return ProfileError(code, message)


def local_name(element: etree._Element) -> str:
    """Name an element for a message."""
    return etree.QName(element).localname


def check_element(element: etree._Element, tag: str, attributes: Mapping[str, str]) -> None:
    """Check an element's name and that its attributes are exactly `attributes`.

    Raises:
        ProfileError: `signature-structure`.

    """
    if element.tag != tag or element.prefix != _expected_prefix(tag):
        raise departure(
            "signature-structure", f"found {local_name(element)} where {etree.QName(tag).localname} belongs"
        )
    found = dict(element.items())
    if found != attributes:
        raise departure("signature-structure", f"{local_name(element)} has the attributes {found}")


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
    if len(found) != len(tags):
        names = ", ".join(local_name(child) for child in found[:12]) or "nothing"
        raise departure("signature-structure", f"{local_name(element)} holds {names}")
    for index, (child, tag) in enumerate(zip(found, tags, strict=True)):
        check_element(child, tag, attributes[index] if attributes else _NO_ATTRIBUTES)
    return found


def all_children(element: etree._Element) -> list[etree._Element]:
    """List the children, with nothing but white space between them.

    Raises:
        ProfileError: `signature-structure`.

    """
    found = list(element)
    texts = [element.text, *[child.tail for child in found]]
    if any(text and text.strip(" \t\r\n") for text in texts):
        raise departure("signature-structure", f"{local_name(element)} has text between its elements")
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
        raise departure("signature-structure", f"{local_name(element)} holds elements where text belongs")
    return element.text or ""


def octets_of(element: etree._Element, *, length: int | None = None) -> bytes:
    """Decode an element's base64 text, of exactly `length` octets when given.

    Raises:
        ProfileError: `signature-structure`.

    """
    text = "".join(text_of(element).split())
    try:
        octets = b64decode(text, validate=True)
    except ValueError as error:
        raise departure("signature-structure", f"{local_name(element)} is not base64") from error
    if not octets or (length is not None and len(octets) != length):
        raise departure("signature-structure", f"{local_name(element)} has {len(octets)} octets")
    return octets
