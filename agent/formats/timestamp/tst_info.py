"""TSTInfo: what a time-stamping authority says (RFC 3161 clause 2.4.2)."""

import re
from datetime import UTC, datetime, timedelta

from agent.dataclass import dataclass
from agent.formats.cms.algorithms import find_digest, read_algorithm
from agent.formats.cms.findings import CMS_VERSION
from agent.formats.cms.strict_der import (
    CMSDocumentError,
    Fields,
    load_element,
    read_integer,
    read_object_identifier,
    read_octets,
    refusing,
    structure_error,
)
from agent.formats.cms.vocabulary import CONSTRUCTED_0, CONSTRUCTED_1, CONSTRUCTED_4, GENERALIZED_TIME
from agent.formats.timestamp.vocabulary import BOOLEAN, MICROS, MILLIS
from agent.pki.der import (
    INTEGER,
    OBJECT_IDENTIFIER,
    OCTET_STRING,
    SEQUENCE,
    Element,
    MalformedDERError,
    parse_element,
)
from agent.pki.names import DistinguishedName, parse_name

_WHAT = "the TSTInfo"
_GEN_TIME = re.compile(rb"(\d{14})(?:\.(\d{0,8}[1-9]))?Z")
_TRUE = b"\xff"
_MOST_EXTENSIONS = 16
_MOST_FRACTION = 1000
_YEARS = range(1950, 9999)
"""Years with room for the accuracy on both sides; nothing was stamped in any other."""
_MOST_SECONDS = 24 * 3600
"""A clock that is a day wrong proves nothing that anybody wants to know."""


@dataclass(frozen=True, slots=True)
class TimestampContent:
    """TSTInfo: what a TSA says, that these octets were there at this time."""

    policy: str
    """Dotted TSA policy."""
    hash_name: str
    """`sha256`, `sha384` or `sha512`."""
    imprint: bytes
    serial: int
    gen_time: datetime
    """Aware UTC; below a microsecond it is rounded up."""
    accuracy: timedelta
    """How far genTime may be wrong, to either side; none given is zero."""
    nonce: int | None
    tsa: DistinguishedName | None
    """The name that the TSA gives itself."""

    @property
    def latest(self) -> datetime:
        """The latest instant at which the octets may have come to be."""
        return self.gen_time + self.accuracy


def parse_tst_info(data: bytes) -> TimestampContent:
    """Parse the content of a token.

    Raises:
        DocumentError: `cms-not-der`, `cms-trailing-octets`, `cms-structure`, `cms-version`,
            `cms-digest-algorithm`, or `limit-cms`.

    """
    root = load_element(data, _WHAT)
    with refusing(_WHAT):
        return _parse(Fields(root, _WHAT, limit=10))


def _parse(fields: Fields) -> TimestampContent:
    if read_integer(fields.take(INTEGER, "version")) != 1:
        raise CMSDocumentError(CMS_VERSION, f"{_WHAT} is not of version 1")
    policy = read_object_identifier(fields.take(OBJECT_IDENTIFIER, "policy"), "the TSA policy")
    hash_name, imprint = parse_imprint(fields.take(SEQUENCE, "messageImprint"))
    serial = read_integer(fields.take(INTEGER, "serialNumber"))
    gen_time = _parse_gen_time(fields.take(GENERALIZED_TIME, "genTime").contents)
    accuracy = fields.optional(SEQUENCE)
    ordering = fields.optional(BOOLEAN)
    if ordering is not None and ordering.contents != _TRUE:
        raise MalformedDERError("a default value, or a BOOLEAN that is not DER")
    nonce = fields.optional(INTEGER)
    tsa = fields.optional(CONSTRUCTED_0)
    extensions = fields.optional(CONSTRUCTED_1)
    fields.end()
    _check_extensions(extensions)
    return TimestampContent(
        policy=policy,
        hash_name=hash_name,
        imprint=imprint,
        serial=serial,
        gen_time=gen_time,
        accuracy=_parse_accuracy(accuracy) if accuracy else timedelta(),
        nonce=None if nonce is None else read_integer(nonce),
        tsa=_parse_tsa(tsa) if tsa else None,
    )


def parse_imprint(element: Element) -> tuple[str, bytes]:
    """Parse a MessageImprint into hash name and digest; raises DocumentError, MalformedDERError."""
    fields = Fields(element, "the messageImprint", limit=2)
    hash_name = find_digest(read_algorithm(fields.take(SEQUENCE, "hashAlgorithm"), "the hashAlgorithm"))
    imprint = read_octets(fields.take(OCTET_STRING, "hashedMessage"), "the hashedMessage")
    fields.end()
    return hash_name, imprint


def _parse_gen_time(contents: bytes) -> datetime:
    """Read genTime: UTC with seconds, and a fraction without trailing zeros if there is one."""
    match = _GEN_TIME.fullmatch(contents)
    if match is None:
        raise structure_error("the genTime is no time of UTC with seconds")
    try:
        whole = datetime.strptime(match[1].decode("ascii"), "%Y%m%d%H%M%S").replace(tzinfo=UTC)
        nanoseconds = int((match[2] or b"").ljust(9, b"0") or b"0")
        if whole.year in _YEARS:
            return whole + timedelta(microseconds=-(-nanoseconds // 1000))
        raise structure_error("the genTime is of a year in which nothing was stamped")
    except (ValueError, OverflowError) as error:
        raise structure_error("the genTime is no time that there is") from error


def _parse_accuracy(element: Element) -> timedelta:
    fields = Fields(element, "the accuracy", limit=3)
    seconds = fields.optional(INTEGER)
    fractions = [fields.optional(tag) for tag in (MILLIS, MICROS)]
    fields.end()
    millis, micros = (0 if item is None else read_integer(item) for item in fractions)
    given = 0 if seconds is None else read_integer(seconds)
    present = [value for item, value in zip(fractions, (millis, micros), strict=True) if item is not None]
    if not 0 <= given <= _MOST_SECONDS or not all(0 < value < _MOST_FRACTION for value in present):
        raise structure_error("the accuracy is out of range")
    return timedelta(seconds=given, milliseconds=millis, microseconds=micros)


def _parse_tsa(element: Element) -> DistinguishedName:
    """Read the TSA's name; of the forms of GeneralName, certificates of TSAs have a directoryName."""
    wrapped = Fields(element, "the TSA's name", limit=1, tag=CONSTRUCTED_0)
    named = Fields(wrapped.take(CONSTRUCTED_4, "directoryName"), "the TSA's name", limit=1, tag=CONSTRUCTED_4)
    return parse_name(named.take(SEQUENCE, "name").encoded)


def _check_extensions(element: Element | None) -> None:
    """Refuse a critical extension: none is known (clause 2.4.2)."""
    if element is None:
        return
    for item in element.children(_MOST_EXTENSIONS):
        fields = Fields(parse_element(item.encoded, SEQUENCE), "an extension of the token", limit=3)
        identifier = read_object_identifier(fields.take(OBJECT_IDENTIFIER, "type"), "an extension's type")
        if fields.optional(BOOLEAN) is not None:
            raise structure_error(f"the critical extension {identifier} of the token is not understood")
        fields.take(OCTET_STRING, "value")
        fields.end()
