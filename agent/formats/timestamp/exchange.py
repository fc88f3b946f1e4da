"""TimeStampReq and TimeStampResp: what a TSA is asked, and what it answers (RFC 3161 clause 2.4)."""

import hashlib
from typing import Final

from agent.dataclass import dataclass
from agent.errors import DocumentError
from agent.formats.cms.algorithms import build_digest_algorithm
from agent.formats.cms.strict_der import Fields, list_elements, load_element, read_integer, refusing
from agent.formats.timestamp.findings import (
    TIMESTAMP_IMPRINT_WRONG,
    TIMESTAMP_MALFORMED,
    TIMESTAMP_NONCE_WRONG,
    TIMESTAMP_NOT_GRANTED,
    TIMESTAMP_POLICY_WRONG,
)
from agent.formats.timestamp.token import TimestampMismatch, TimestampToken, check_imprint, load_token
from agent.formats.timestamp.vocabulary import BOOLEAN
from agent.pki.der import (
    BIT_STRING,
    INTEGER,
    OCTET_STRING,
    SEQUENCE,
    UTF8_STRING,
    Element,
    encode,
    encode_object_identifier,
)

REQUEST_TYPE: Final = "application/timestamp-query"
RESPONSE_TYPE: Final = "application/timestamp-reply"
_HASH: Final = "sha256"
_GRANTED: Final = (0, 1)  # granted, grantedWithMods
_STATUSES: Final = {2: "rejection", 3: "waiting", 4: "revocationWarning", 5: "revocationNotification"}
FAILURES: Final = {
    0: "badAlg",
    2: "badRequest",
    5: "badDataFormat",
    14: "timeNotAvailable",
    15: "unacceptedPolicy",
    16: "unacceptedExtension",
    17: "addInfoNotAvailable",
    25: "systemFailure",
}
"""PKIFailureInfo: the bits that RFC 3161 names."""
_MOST_TEXTS: Final = 8
_MOST_TEXT: Final = 200


@dataclass(frozen=True, slots=True)
class TimestampRequest:
    """What is asked: a timestamp over these octets, with a nonce, and with the TSA's certificate in it."""

    octets: bytes
    nonce: int
    """Positive, of 64 random bits or more: an answer to another question has another one."""
    policy: str = ""
    """Dotted TSA policy; empty leaves it to the TSA."""

    def build(self) -> bytes:
        """Build the TimeStampReq, DER; the octets themselves stay here."""
        digest = hashlib.new(_HASH, self.octets).digest()
        imprint = encode(SEQUENCE, build_digest_algorithm(_HASH) + encode(OCTET_STRING, digest))
        policy = encode_object_identifier(self.policy) if self.policy else b""
        size = self.nonce.bit_length() // 8 + 1
        nonce = encode(INTEGER, self.nonce.to_bytes(size, "big", signed=True))
        return encode(SEQUENCE, encode(INTEGER, b"\1") + imprint + policy + nonce + encode(BOOLEAN, b"\xff"))


def parse_response(data: bytes, request: TimestampRequest) -> TimestampToken:
    """Parse what a TSA answered, and check that it answers this request.

    Raises:
        DocumentError: `timestamp-malformed` when it is no TimeStampResp, or its token cannot be read.
        TimestampMismatch: `timestamp-not-granted`, `timestamp-nonce-wrong`, `timestamp-policy-wrong`,
            `timestamp-imprint-wrong`, `timestamp-signature-wrong`, `timestamp-certificate-missing`.

    """
    what = "the answer"
    try:
        root = load_element(data, what)
        with refusing(what):
            fields = Fields(root, what, limit=2)
            status = fields.take(SEQUENCE, "status")
            token = fields.optional(SEQUENCE)
            fields.end()
            _check_status(status)
    except DocumentError as error:
        raise TIMESTAMP_MALFORMED.error(f"no answer of a TSA: {error.message}") from error
    if token is None:
        raise TIMESTAMP_MALFORMED.error("the TSA grants a timestamp and sends none")
    found = load_token(token.encoded)
    check_imprint(found, request.octets)
    if found.info.hash_name != _HASH:
        raise TimestampMismatch(TIMESTAMP_IMPRINT_WRONG, "the timestamp is by another hash than asked for")
    if found.info.nonce != request.nonce:
        raise TimestampMismatch(TIMESTAMP_NONCE_WRONG, "the timestamp answers another request")
    if request.policy and found.info.policy != request.policy:
        raise TimestampMismatch(
            TIMESTAMP_POLICY_WRONG, f"the timestamp is of the policy {found.info.policy}, not as asked for"
        )
    return found


def _check_status(element: Element) -> None:
    """Check PKIStatusInfo; raises TimestampMismatch `timestamp-not-granted` with the TSA's own words."""
    fields = Fields(element, "the status", limit=3)
    status = read_integer(fields.take(INTEGER, "status"))
    texts = fields.optional(SEQUENCE)
    failure = fields.optional(BIT_STRING)
    fields.end()
    if status in _GRANTED:
        return
    words = [_STATUSES.get(status, f"status {status}")]
    if failure is not None:
        bits = int.from_bytes(failure.contents[1:], "big")
        length = 8 * len(failure.contents[1:])
        words += [name for bit, name in FAILURES.items() if bit < length and bits >> length - 1 - bit & 1]
    for text in list_elements(texts, "statusString", limit=_MOST_TEXTS) if texts else ():
        if text.tag == UTF8_STRING:
            words.append(repr(text.contents[:_MOST_TEXT].decode("utf-8", "replace")))
    raise TimestampMismatch(TIMESTAMP_NOT_GRANTED, f"the TSA says no: {', '.join(words)}")
