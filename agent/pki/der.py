"""DER elements, read strictly and without copies.

cryptography hides the octets of names, keys and TBS structures, and re-encoding them is not the same
as having them: signatures and comparisons need what was sent. This reader gives the octets; the
meaning is left to cryptography. Source: ITU-T X.690 clauses 8.1 and 10.1.
"""

from typing import Final

from agent.dataclass import dataclass

INTEGER: Final = 0x02
BIT_STRING: Final = 0x03
OCTET_STRING: Final = 0x04
NULL: Final = 0x05
OBJECT_IDENTIFIER: Final = 0x06
UTF8_STRING: Final = 0x0C
SEQUENCE: Final = 0x30
SET: Final = 0x31

_LONG_FORM: Final = 0x80
_LONGEST_IDENTIFIER = 128
"""Octets; those in use have twenty. The time to read arcs grows with the square of their length."""
_HIGH_TAG: Final = 0x1F
_LENGTH_OCTETS: Final = 4


class MalformedDERError(ValueError):
    """The octets are not DER; `agent.pki` translates it before it leaves the package."""


class TrailingOctetsError(MalformedDERError):
    """Octets follow the one structure that should be there."""


@dataclass(frozen=True, slots=True)
class Element:
    """One tag-length-value inside a shared buffer; positions are octet offsets into `data`."""

    data: bytes
    tag: int
    start: int
    body: int
    end: int

    @property
    def encoded(self) -> bytes:
        """The whole element, tag and length included."""
        return self.data[self.start : self.end]

    @property
    def contents(self) -> bytes:
        """The contents octets alone."""
        return self.data[self.body : self.end]

    def children(self, limit: int | None = None) -> tuple["Element", ...]:
        """List the elements inside this one; with a limit, at most one more than that many.

        Raises:
            MalformedDERError: when the contents are not a series of DER elements.

        """
        found: list[Element] = []
        position = self.body
        while position < self.end and (limit is None or len(found) <= limit):
            child = _read(self.data, position, self.end)
            found.append(child)
            position = child.end
        return tuple(found)


def parse_element(data: bytes, tag: int | None = None) -> Element:
    """Parse exactly one element with nothing behind it, of the given tag when one is given.

    Raises:
        MalformedDERError: when it is not DER, has another tag, or octets follow.

    """
    element = _read(data, 0, len(data))
    if element.end != len(data):
        raise TrailingOctetsError("octets follow the end of the structure")
    if tag is not None and element.tag != tag:
        raise MalformedDERError(f"tag {element.tag:#04x} where {tag:#04x} must stand")
    return element


def encode(tag: int, contents: bytes) -> bytes:
    """Build one element from its contents octets."""
    size = len(contents)
    if size < _LONG_FORM:
        return bytes((tag, size)) + contents
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, _LONG_FORM | len(length))) + length + contents


def parse_object_identifier(contents: bytes) -> str:
    """Parse the contents octets of an OBJECT IDENTIFIER as dotted decimal (X.690 clause 8.19).

    Raises:
        MalformedDERError: when a sub-identifier is padded or cut short, or it has more than 128 octets.

    """
    if len(contents) > _LONGEST_IDENTIFIER:
        raise MalformedDERError("object identifier that is too long")
    arcs: list[int] = []
    arc = 0
    for octet in contents:
        if arc == 0 and octet == _LONG_FORM:
            raise MalformedDERError("object identifier with a padded arc")
        arc = arc << 7 | octet & 0x7F
        if not octet & _LONG_FORM:
            arcs.append(arc)
            arc = 0
    if not arcs or contents[-1] & _LONG_FORM:
        raise MalformedDERError("object identifier cut short")
    first = min(arcs[0] // 40, 2)
    return ".".join(str(number) for number in (first, arcs[0] - 40 * first, *arcs[1:]))


def encode_object_identifier(dotted: str) -> bytes:
    """Build an OBJECT IDENTIFIER element from its dotted decimal (X.690 clause 8.19)."""
    first, second, *rest = (int(arc) for arc in dotted.split("."))
    contents = bytearray()
    for arc in (40 * first + second, *rest):
        groups = range(max(arc.bit_length() - 1, 0) // 7, 0, -1)
        contents.extend(_LONG_FORM | arc >> 7 * group & 0x7F for group in groups)
        contents.append(arc & 0x7F)
    return encode(OBJECT_IDENTIFIER, bytes(contents))


def _read(data: bytes, position: int, limit: int) -> Element:
    """Read the element that starts at `position` and must end at or before `limit`."""
    if position + 2 > limit:
        raise MalformedDERError("cut short")
    tag, first = data[position], data[position + 1]
    if tag & _HIGH_TAG == _HIGH_TAG:
        raise MalformedDERError("a tag number above 30")
    body = position + 2
    size = first
    if first & _LONG_FORM:
        octets = first & 0x7F
        size = int.from_bytes(data[body : body + octets], "big")
        # X.690 10.1: definite form, as few octets as possible.
        if not 0 < octets <= _LENGTH_OCTETS or size < max(_LONG_FORM, 1 << 8 * (octets - 1)):
            raise MalformedDERError("a length that is not in the shortest definite form")
        body += octets
    if body + size > limit:
        raise MalformedDERError("a length beyond the end")
    return Element(data, tag, position, body, body + size)
