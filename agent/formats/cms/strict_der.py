"""DER, field by field: each value is read in its one encoding, and everything else is refused.

`agent.pki.der` splits elements and refuses what is not in the shortest definite form; here are the types on
top of it. What is read has therefore one encoding, so nothing needs to be encoded again to be compared.

Source: ITU-T X.690 clauses 8, 10 and 11.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from agent.errors import DocumentError
from agent.formats.cms.findings import CMS_NOT_DER, CMS_STRUCTURE, CMS_TRAILING_OCTETS, LIMIT_CMS
from agent.formats.cms.vocabulary import GENERALIZED_TIME, UTC_TIME
from agent.pki.der import (
    NULL,
    OBJECT_IDENTIFIER,
    OCTET_STRING,
    SEQUENCE,
    SET,
    UTF8_STRING,
    Element,
    MalformedDERError,
    TrailingOctetsError,
    parse_element,
    parse_object_identifier,
)
from agent.verdicts import DeclaredFinding

_LONGEST_INTEGER = 128
"""Octets: serial numbers and nonces have twenty. Python does not print numbers of any length."""
_UTC_TIME_OCTETS = len("YYMMDDhhmmssZ")
_GENERALIZED_TIME_OCTETS = len("YYYYMMDDhhmmssZ")
_FIRST_YEAR, _LAST_YEAR = 1950, 2049
"""What UTCTime can say; other years are GeneralizedTime's (RFC 5652 clause 11.3)."""


class CMSDocumentError(DocumentError):
    """A `.p7s` that is malformed, over a limit, or not of the profile."""

    default_hint = "ask for the signature again; a .p7s is DER, as `openssl cms -sign -outform DER` writes it"

    def __init__(self, finding: DeclaredFinding, message: str, *, hint: str = "") -> None:
        """Build the error about one finding."""
        super().__init__(finding.code, message, hint=hint, clause=finding.clause)


class Fields:
    """The fields of a SEQUENCE, taken one after the other; each must be there, or may be missing."""

    def __init__(self, element: Element, what: str, *, limit: int = 64, tag: int = SEQUENCE) -> None:
        """Open the element `what`, which has at most `limit` fields.

        Raises:
            DocumentError: `cms-structure` when it has another tag.
            MalformedDERError: when its contents are not DER.

        """
        self._what = what
        self._elements = _children(element, what, limit, tag)
        if len(self._elements) > limit:
            raise structure_error(f"{what} has more fields than it may have")
        self._next = 0

    def take(self, tag: int, name: str) -> Element:
        """Take the next field, which must be there; raises DocumentError `cms-structure`."""
        found = self.optional(tag)
        if found is None:
            raise structure_error(f"{self._what} has no {name} where it must stand")
        return found

    def optional(self, tag: int) -> Element | None:
        """Take the next field if it has this tag."""
        if self._next < len(self._elements) and self._elements[self._next].tag == tag:
            self._next += 1
            return self._elements[self._next - 1]
        return None

    def rest(self) -> tuple[Element, ...]:
        """Take all that is left, of whatever type."""
        left = self._elements[self._next :]
        self._next = len(self._elements)
        return left

    def end(self) -> None:
        """Check that nothing is left over; raises DocumentError `cms-structure`."""
        if self._next < len(self._elements):
            raise structure_error(f"{self._what} has a field that it may not have")


@contextmanager
def refusing(what: str) -> Iterator[None]:
    """Translate what the DER reader says of `what`.

    Raises:
        DocumentError: `cms-trailing-octets` or `cms-not-der`.

    """
    try:
        yield
    except TrailingOctetsError as error:
        raise CMSDocumentError(CMS_TRAILING_OCTETS, f"octets follow the end of {what}") from error
    except MalformedDERError as error:
        raise CMSDocumentError(CMS_NOT_DER, f"{what} is not DER: {error}") from error


def structure_error(message: str) -> CMSDocumentError:
    """Build the error about a structure that is DER but not of the profile."""
    return CMSDocumentError(CMS_STRUCTURE, message)


def list_elements(element: Element, what: str, *, limit: int, tag: int = SEQUENCE) -> tuple[Element, ...]:
    """List the elements of a SEQUENCE OF.

    Raises:
        DocumentError: `cms-structure`, or `limit-cms` when there are more than `limit`.
        MalformedDERError: when its contents are not DER.

    """
    elements = _children(element, what, limit, tag)
    if len(elements) > limit:
        raise CMSDocumentError(LIMIT_CMS, f"{what} has more than {limit} elements")
    return elements


def list_set(
    element: Element, what: str, *, limit: int, tag: int = SET, ordered: bool = True
) -> tuple[Element, ...]:
    """List the elements of a SET OF: at least one, in ascending order (X.690 clause 11.6), none twice.

    `ordered` false is for what need not be DER, and is by nobody who signs it.

    Raises:
        DocumentError: `cms-structure` or `limit-cms`.
        MalformedDERError: when its contents are not DER, or not in DER's order.

    """
    elements = list_elements(element, what, limit=limit, tag=tag)
    if not elements:
        raise structure_error(f"{what}: an empty set")
    encodings = [item.encoded for item in elements]
    if ordered and encodings != sorted(encodings):
        raise MalformedDERError("a set whose elements are not in order")
    if len(set(encodings)) != len(encodings):
        raise structure_error(f"{what}: the same element twice")
    return elements


def _children(element: Element, what: str, limit: int, tag: int) -> tuple[Element, ...]:
    if element.tag != tag:
        raise structure_error(f"{what} is of another type than its place asks for")
    # No more are split off than may be there: a megabyte of empty elements would be a gigabyte of objects.
    return element.children(limit)


def read_integer(element: Element) -> int:
    """Read an INTEGER in as few octets as possible (X.690 clause 8.3.2).

    Raises:
        DocumentError: `cms-structure` when it has more octets than any number here has use for.
        MalformedDERError: it is empty or padded.

    """
    octets = element.contents
    if len(octets) > _LONGEST_INTEGER:
        raise structure_error(f"an integer of {len(octets)} octets")
    if not octets or (len(octets) > 1 and octets[0] in (0x00, 0xFF) and octets[0] >> 7 == octets[1] >> 7):
        raise MalformedDERError("an integer that is not in the shortest form")
    return int.from_bytes(octets, "big", signed=True)


def read_object_identifier(element: Element, what: str) -> str:
    """Read an OBJECT IDENTIFIER as dotted decimal; raises DocumentError and MalformedDERError."""
    if element.tag != OBJECT_IDENTIFIER:
        raise structure_error(f"{what} is no object identifier")
    return parse_object_identifier(element.contents)


def read_octets(element: Element, what: str) -> bytes:
    """Read an OCTET STRING; DER has it in one piece. Raises DocumentError `cms-structure`."""
    if element.tag != OCTET_STRING:
        raise structure_error(f"{what} is no octet string in one piece")
    return element.contents


def read_text(element: Element, what: str) -> str:
    """Read a UTF8String; raises DocumentError `cms-structure`."""
    if element.tag != UTF8_STRING:
        raise structure_error(f"{what} is no UTF8String")
    try:
        return element.contents.decode("utf-8", "strict")
    except UnicodeDecodeError as error:
        raise structure_error(f"{what} is not UTF-8") from error


def is_null(element: Element) -> bool:
    """Tell whether it is a NULL, which is empty."""
    return element.tag == NULL and not element.contents


def read_time(element: Element, what: str) -> datetime:
    """Read a Time as RFC 5652 clause 11.3 has it: whole seconds, Z, UTCTime from 1950 through 2049.

    Raises:
        DocumentError: `cms-structure` when it is no Time, or no instant.
        MalformedDERError: when GeneralizedTime says what UTCTime can say.

    """
    octets = element.contents
    if (element.tag, len(octets)) not in {
        (UTC_TIME, _UTC_TIME_OCTETS),
        (GENERALIZED_TIME, _GENERALIZED_TIME_OCTETS),
    } or not (octets[:-1].isdigit() and octets.endswith(b"Z")):
        raise structure_error(f"{what} is no time in whole seconds of UTC")
    digits = octets[:-1].decode("ascii")
    if element.tag == UTC_TIME:
        digits = ("19" if digits[:2] >= "50" else "20") + digits
    elif _FIRST_YEAR <= int(digits[:4]) <= _LAST_YEAR:
        raise MalformedDERError("a GeneralizedTime for a year that UTCTime has")
    try:
        return datetime.strptime(digits, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError as error:
        raise structure_error(f"{what} is no time that there is") from error


def load_element(data: bytes, what: str) -> Element:
    """Load exactly one SEQUENCE with nothing behind it.

    Raises:
        DocumentError: `cms-not-der`, `cms-trailing-octets`.

    """
    with refusing(what):
        return parse_element(data, SEQUENCE)
