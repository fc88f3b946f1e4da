"""Distinguished names: as they are written, as they are read, and as they compare (RFC 5280 clause 7.1)."""

import unicodedata
from functools import cached_property
from typing import Final

from agent.dataclass import dataclass
from agent.pki.der import (
    OBJECT_IDENTIFIER,
    SEQUENCE,
    SET,
    MalformedDERError,
    encode,
    parse_element,
    parse_object_identifier,
)

COMMON_NAME: Final = "2.5.4.3"
ORGANISATION: Final = "2.5.4.10"
ORGANISATIONAL_UNIT: Final = "2.5.4.11"
UNIQUE_IDENTIFIER: Final = "2.5.4.45"
"""x500UniqueIdentifier (X.520): a BIT STRING; the industry's certificates carry the EUI-64 in it."""
EMAIL_ADDRESS: Final = "1.2.840.113549.1.9.1"

_ENCODINGS: Final = {
    0x0C: "utf-8",  # UTF8String
    0x12: "ascii",  # NumericString
    0x13: "ascii",  # PrintableString
    0x14: "latin-1",  # TeletexString: T.61 in the standard, Latin-1 in the field
    0x16: "ascii",  # IA5String
    0x1A: "ascii",  # VisibleString
    0x1C: "utf-32-be",  # UniversalString
    0x1E: "utf-16-be",  # BMPString
}
# The short names of RFC 4514 clause 3; anything else must be a dotted identifier with #hex.
_SHORT_NAMES: Final = {
    COMMON_NAME: "CN",
    "2.5.4.7": "L",
    "2.5.4.8": "ST",
    ORGANISATION: "O",
    ORGANISATIONAL_UNIT: "OU",
    "2.5.4.6": "C",
    "2.5.4.9": "STREET",
    "0.9.2342.19200300.100.1.25": "DC",
    "0.9.2342.19200300.100.1.1": "UID",
}
_ESCAPED: Final = frozenset('"+,;<>\\')


@dataclass(frozen=True, slots=True)
class NameAttribute:
    """AttributeTypeAndValue: the dotted type, and the value's tag and contents octets."""

    oid: str
    tag: int
    value: bytes

    @property
    def text(self) -> str | None:
        """The value as text; None when it is not a character string, or not one that decodes."""
        encoding = _ENCODINGS.get(self.tag)
        try:
            return None if encoding is None else self.value.decode(encoding)
        except UnicodeDecodeError:
            return None

    @property
    def comparable(self) -> tuple[str, int, str]:
        """What two attributes share exactly when RFC 5280 clause 7.1 calls them equal.

        Character strings: case folded, NFKC, white space trimmed and collapsed (the parts of RFC 4518
        that matter between certificates); any other value octet for octet.
        """
        text = self.text
        if text is None:
            return (self.oid, self.tag, self.value.hex())
        folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
        return (self.oid, 0, " ".join(folded.split()))

    def rfc4514(self) -> str:
        """Write `TYPE=value`, or `OID=#hex` of the BER value where there is no short name."""
        short, text = _SHORT_NAMES.get(self.oid), self.text
        if short is None or text is None:
            return f"{self.oid}=#{encode(self.tag, self.value).hex()}"
        return f"{short}={_escape(text)}"


@dataclass(frozen=True)
class DistinguishedName:
    """A Name (RFC 5280 clause 4.1.2.4) with the octets it came in; what it compares by is worked out once."""

    der: bytes
    rdns: tuple[tuple[NameAttribute, ...], ...]

    def values(self, oid: str) -> tuple[str, ...]:
        """List the texts of one attribute type, in the order of the name."""
        texts = (attribute.text for rdn in self.rdns for attribute in rdn if attribute.oid == oid)
        return tuple(text for text in texts if text is not None)

    def attributes(self, oid: str) -> tuple[NameAttribute, ...]:
        """List the attributes of one type, in the order of the name."""
        return tuple(attribute for rdn in self.rdns for attribute in rdn if attribute.oid == oid)

    def rfc4514(self) -> str:
        """Write the name as RFC 4514 says: the last RDN first."""
        return self._written

    @cached_property
    def _written(self) -> str:
        return ",".join("+".join(item.rfc4514() for item in rdn) for rdn in reversed(self.rdns))

    @cached_property
    def comparable_rdns(self) -> tuple[tuple[tuple[str, int, str], ...], ...]:
        """The comparable attributes, RDN by RDN; an RDN is a set, so it is sorted."""
        return tuple(tuple(sorted(item.comparable for item in rdn)) for rdn in self.rdns)

    @cached_property
    def comparable(self) -> bytes:
        """Octets that two names share exactly when RFC 5280 clause 7.1 calls them equal."""
        return repr(self.comparable_rdns).encode("utf-8", "surrogatepass")

    def within(self, base: "DistinguishedName") -> bool:
        """Tell whether the name lies in the subtree of `base` (RFC 5280 clause 4.2.1.10)."""
        return self.comparable_rdns[: len(base.rdns)] == base.comparable_rdns


def parse_name(der: bytes) -> DistinguishedName:
    """Parse the DER of a Name.

    Raises:
        MalformedDERError: when it is not one.

    """
    rdns = []
    for rdn in parse_element(der, SEQUENCE).children():
        if rdn.tag != SET or rdn.body == rdn.end:
            raise MalformedDERError("a relative distinguished name that is not a filled SET")
        rdns.append(tuple(_parse_attribute(item.encoded) for item in rdn.children()))
    return DistinguishedName(der, tuple(rdns))


def _parse_attribute(der: bytes) -> NameAttribute:
    """Parse an AttributeTypeAndValue."""
    parts = parse_element(der, SEQUENCE).children()
    if [part.tag for part in parts[:1]] != [OBJECT_IDENTIFIER] or len(parts) != len(("type", "value")):
        raise MalformedDERError("a name attribute that is not a type and a value")
    return NameAttribute(parse_object_identifier(parts[0].contents), parts[1].tag, parts[1].contents)


def _escape(text: str) -> str:
    """Escape a value as RFC 4514 clause 2.4 says; control characters too, so that it stays on one line."""
    escaped = [_escape_character(character) for character in text]
    if text[:1] in {" ", "#"}:
        escaped[0] = "\\" + text[0]
    if len(text) > 1 and text.endswith(" "):
        escaped[-1] = "\\ "
    return "".join(escaped)


def escape_controls(text: str) -> str:
    """Write text on one line for people: control and format characters as RFC 4514 escapes octets."""
    # What can be printed has no control or format character in it.
    return text if text.isprintable() else "".join(map(_escape_control, text))


def _escape_character(character: str) -> str:
    """Escape one character wherever it stands in a value."""
    return "\\" + character if character in _ESCAPED else _escape_control(character)


def _escape_control(character: str) -> str:
    if unicodedata.category(character) in {"Cc", "Cf", "Zl", "Zp"}:
        return "".join(f"\\{octet:02x}" for octet in character.encode())
    return character
