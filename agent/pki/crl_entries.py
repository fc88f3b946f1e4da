"""Entries of revokedCertificates (RFC 5280 clause 5.3), walked over without making an object of each.

A list may have a million of them. The walk only follows lengths, so it costs little more than the reading
of the octets; an entry is parsed when somebody asks for it. That every entry is DER of the right types is
seen to when the list is loaded (cryptography reads them all then).
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Final

from agent.dataclass import dataclass
from agent.pki.der import (
    INTEGER,
    OBJECT_IDENTIFIER,
    OCTET_STRING,
    SEQUENCE,
    Element,
    MalformedDERError,
    encode,
    parse_element,
    parse_object_identifier,
)
from agent.pki.names import DistinguishedName, parse_name

UNSPECIFIED: Final = "unspecified"
HOLD: Final = "certificateHold"
REMOVED: Final = "removeFromCRL"
CERTIFICATE_ISSUER: Final = "2.5.29.29"

_REASON_CODE: Final = "2.5.29.21"
_INVALIDITY_DATE: Final = "2.5.29.24"
_UNDERSTOOD: Final = frozenset({_REASON_CODE, _INVALIDITY_DATE})
# Clause 5.3.1; 7 is not used.
_REASONS: Final = {
    0: UNSPECIFIED,
    1: "keyCompromise",
    2: "cACompromise",
    3: "affiliationChanged",
    4: "superseded",
    5: "cessationOfOperation",
    6: HOLD,
    8: REMOVED,
    9: "privilegeWithdrawn",
    10: "aACompromise",
}
_BOOLEAN: Final = 0x01
_ENUMERATED: Final = 0x0A
_UTC_TIME: Final = 0x17
_GENERALIZED_TIME: Final = 0x18
_DIRECTORY_NAME: Final = 0xA4
_LONG_FORM: Final = 0x80
_CENTURY_PIVOT: Final = 50  # RFC 5280 clause 4.1.2.5.1: UTCTime years below it are of this century
# A critical extension as DER must write it: TRUE, then the OCTET STRING of its value.
_CRITICAL: Final = bytes.fromhex("0101ff04")
_ISSUER_OID: Final = bytes.fromhex("0603551d1d")


@dataclass(frozen=True, slots=True)
class CRLEntry:
    """One revoked certificate (RFC 5280 clause 5.3)."""

    serial: int
    revoked_at: datetime
    """revocationDate, aware UTC."""
    reason: str
    """A CRLReason name of clause 5.3.1, such as `keyCompromise`; `unspecified` when the list gives none."""
    invalid_from: datetime | None = None
    """invalidityDate (clause 5.3.2): since when the key is thought to be compromised; aware UTC."""

    @property
    def counts_from(self) -> datetime:
        """The earlier of revocationDate and invalidityDate: nothing signed since then is to be believed."""
        return self.revoked_at if self.invalid_from is None else min(self.revoked_at, self.invalid_from)


def list_spans(revoked: Element) -> Iterator[tuple[int, int, int]]:
    """List start, end of the serial number, and end of every entry, as offsets into `revoked.data`.

    Raises:
        MalformedDERError: when the contents are not entries.

    """
    data, position, end = revoked.data, revoked.body, revoked.end
    while position < end:
        size = data[position + 1]
        if data[position] == SEQUENCE and size < _LONG_FORM and data[position + 2] == INTEGER:
            stop = position + 2 + size
            cut = position + 4 + data[position + 3]
        else:
            stop, cut = _slow_span(revoked, position)
        if not position + 4 < cut < stop <= end:
            raise MalformedDERError("an entry whose lengths do not fit")
        yield position, cut, stop
        position = stop


def list_serials(entries: bytes) -> Iterator[tuple[bytes, bytes]]:
    """List the serial number (an encoded INTEGER) and the whole of every entry.

    Raises:
        MalformedDERError: when the octets are not entries.

    """
    for start, cut, stop in list_spans(Element(entries, SEQUENCE, 0, 0, len(entries))):
        size = entries[start + 1]
        head = 2 if size < _LONG_FORM else 2 + (size & 0x7F)
        yield entries[start + head : cut], entries[start:stop]


def _slow_span(revoked: Element, position: int) -> tuple[int, int]:
    """Measure an entry whose length is in the long form."""
    size, octets = revoked.data[position + 1], 0
    if size >= _LONG_FORM:
        octets = size & 0x7F
        size = int.from_bytes(revoked.data[position + 2 : position + 2 + octets], "big")
    stop = position + 2 + octets + size
    fields = parse_element(revoked.data[position:stop], SEQUENCE).children()
    if not fields or fields[0].tag != INTEGER:
        raise MalformedDERError("an entry without a serial number")
    return stop, position + fields[0].end


def has_special_entries(revoked: Element) -> bool:
    """Tell whether any entry may have a critical extension or a certificateIssuer.

    Octets are looked for, not structures: a serial number that happens to contain them makes the answer
    true for nothing, never false by mistake.
    """
    found = (revoked.data.find(octets, revoked.body, revoked.end) for octets in (_CRITICAL, _ISSUER_OID))
    return any(position >= 0 for position in found)


def encode_serial(serial: int) -> bytes:
    """Encode a serial number as the INTEGER that an entry begins with."""
    return encode(INTEGER, serial.to_bytes(serial.bit_length() // 8 + 1, "big", signed=True))


def find_entry(revoked: Element, serial: bytes) -> CRLEntry | None:
    """Find the entry of a serial number (an encoded INTEGER) among entries of one issuer's certificates.

    Where it is named more than once, the gravest entry counts.

    Raises:
        MalformedDERError: when it is named, and cannot be read.

    """
    # A search for octets is fast enough for the millions that do not contain them.
    if revoked.data.find(serial, revoked.body, revoked.end) < 0:
        return None
    data, size = revoked.data, len(serial)
    return _gravest(
        parse_entry(data[start:stop])
        for start, cut, stop in list_spans(revoked)
        if data[cut - size : cut] == serial
    )


def find_issued_entry(
    revoked: Element, serial: bytes, issuer: bytes, crl_issuer: DistinguishedName
) -> CRLEntry | None:
    """Find the entry of a certificate in an indirect CRL; `issuer` is its issuer's comparable name.

    Raises:
        MalformedDERError: when it is named, or an issuer before it, and cannot be read.

    """
    if revoked.data.find(serial, revoked.body, revoked.end) < 0:
        return None
    data, size = revoked.data, len(serial)
    return _gravest(
        parse_entry(data[start:stop])
        for named, start, cut, stop in list_issued_spans(revoked)
        if data[cut - size : cut] == serial and (named or crl_issuer).comparable == issuer
    )


def parse_entry(der: bytes) -> CRLEntry:
    """Parse one entry.

    Raises:
        MalformedDERError: when its date or reason is none.

    """
    entry = parse_element(der, SEQUENCE)
    fields = entry.children()
    serial = int.from_bytes(fields[0].contents, "big", signed=True)
    extensions = list_extensions(entry)
    reason, invalid_from = extensions.get(_REASON_CODE), extensions.get(_INVALIDITY_DATE)
    return CRLEntry(
        serial,
        _parse_time(fields[1]),
        UNSPECIFIED if reason is None else _parse_reason(reason[1]),
        None if invalid_from is None else _parse_time(parse_element(invalid_from[1])),
    )


def list_extensions(entry: Element) -> dict[str, tuple[bool, bytes]]:
    """List the extensions of an entry: dotted type to criticality and value.

    Raises:
        MalformedDERError: when they are none, or one is there twice.

    """
    found: dict[str, tuple[bool, bytes]] = {}
    for field in entry.children()[2:]:
        for extension in field.children():
            parts = extension.children()
            if not parts or parts[0].tag != OBJECT_IDENTIFIER or parts[-1].tag != OCTET_STRING:
                raise MalformedDERError("an entry with an extension that is none")
            oid = parse_object_identifier(parts[0].contents)
            if oid in found:
                raise MalformedDERError(f"an entry with two extensions {oid}")
            critical = any(part.tag == _BOOLEAN and part.contents != b"\0" for part in parts[1:-1])
            found[oid] = (critical, parts[-1].contents)
    return found


def list_unknown_critical(revoked: Element, *, indirect: bool) -> frozenset[str]:
    """List the critical extensions of all entries that are not understood.

    RFC 5280 clause 5.3: one such entry, of any certificate, makes the list unusable for all. A
    certificateIssuer is understood in an indirect CRL and has no place in another (clause 5.3.3).

    Raises:
        MalformedDERError: when an entry cannot be read.

    """
    if not has_special_entries(revoked):
        return frozenset()
    understood = _UNDERSTOOD | {CERTIFICATE_ISSUER} if indirect else _UNDERSTOOD
    unknown: set[str] = set()
    for start, _, stop in list_spans(revoked):
        entry = revoked.data[start:stop]
        if _CRITICAL in entry:
            extensions = list_extensions(parse_element(entry, SEQUENCE))
            unknown.update(oid for oid, (critical, _) in extensions.items() if critical)
    return frozenset(unknown - understood)


def list_issued_spans(revoked: Element) -> Iterator[tuple[DistinguishedName | None, int, int, int]]:
    """List the spans of an indirect CRL's entries, each with the issuer of its certificate.

    An issuer holds for the entries after it until the next one is named; None is the CRL's own issuer
    (clause 5.3.3).

    Raises:
        MalformedDERError: when an entry cannot be read.

    """
    issuer: DistinguishedName | None = None
    for start, cut, stop in list_spans(revoked):
        entry = revoked.data[start:stop]
        if _ISSUER_OID in entry:
            named = list_extensions(parse_element(entry, SEQUENCE)).get(CERTIFICATE_ISSUER)
            issuer = issuer if named is None else _parse_issuer(named[1])
        yield issuer, start, cut, stop


def _gravest(entries: Iterable[CRLEntry]) -> CRLEntry | None:
    """Choose the entry that counts where a list names a certificate more than once; None of none."""
    return min(
        entries,
        key=lambda entry: (entry.reason == REMOVED, entry.reason == HOLD, entry.counts_from),
        default=None,
    )


def _parse_issuer(value: bytes) -> DistinguishedName:
    """Parse the GeneralNames of a certificateIssuer; one of them must be a directory name."""
    for name in parse_element(value, SEQUENCE).children():
        if name.tag == _DIRECTORY_NAME:
            return parse_name(name.contents)
    raise MalformedDERError("a certificateIssuer without a directory name")


def _parse_reason(value: bytes) -> str:
    """Parse a CRLReason."""
    reason = _REASONS.get(int.from_bytes(parse_element(value, _ENUMERATED).contents, "big"))
    if reason is None:
        raise MalformedDERError("an entry with a reason code that is none")
    return reason


def _parse_time(element: Element) -> datetime:
    """Parse a Time (clause 5.1.2.4): UTC to the second."""
    text = element.contents.decode("ascii", "replace")
    if element.tag == _UTC_TIME:
        text = ("20" if text[:2] < str(_CENTURY_PIVOT) else "19") + text
    elif element.tag != _GENERALIZED_TIME:
        raise MalformedDERError("an entry without a date")
    try:
        return datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)
    except ValueError as error:
        raise MalformedDERError(f"an entry with the date {text!r}") from error
