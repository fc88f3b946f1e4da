"""X.509 certificates of signers and of those who issue them (RFC 5280 clause 4)."""

import hashlib
import re
import warnings
from dataclasses import field
from datetime import datetime
from functools import lru_cache
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm

from agent.dataclass import dataclass
from agent.errors import DocumentError
from agent.pki import names
from agent.pki.algorithms import SignatureAlgorithm, algorithm_for, key_kind
from agent.pki.der import BIT_STRING, SEQUENCE, MalformedDERError, parse_element
from agent.pki.extensions import (
    find_extension,
    read_extended_key_usage,
    read_key_usage,
    read_policies,
    read_subject_key_identifier,
    read_usage_period,
)
from agent.pki.foreign import describe_foreign
from agent.pki.names import DistinguishedName, escape_controls, parse_name
from agent.pki.pem import list_pem_blocks
from agent.pki.signed import SignedStructure, parse_signed

_LABELS: Final = frozenset({"CERTIFICATE", "X509 CERTIFICATE"})
_ROLE_CODE: Final = re.compile(r"[0-9A-Fa-f]{2}")
_EUI64_OCTETS: Final = 8
EXPLICIT_VERSION: Final = 0xA0
"""Tag of `version` in a TBSCertificate, which version 1 leaves out."""
KEPT_OCTETS: Final = 16 * 1024
"""The largest DER that is remembered: nobody fills the memory by sending large certificates."""
_KEPT_CERTIFICATES: Final = 256
FOREIGN_ERRORS: Final = (
    ValueError,
    TypeError,
    OverflowError,
    UnsupportedAlgorithm,
    x509.InvalidVersion,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)
"""What cryptography raises on octets it cannot read."""


@dataclass(frozen=True, slots=True)
class SigningCertificate:
    """A certificate, read; equal to another exactly when the DER is."""

    der: bytes = field(repr=False)
    where: str = field(compare=False)
    """Where it was read: a file, a part, a token."""
    signed: SignedStructure = field(compare=False, repr=False)
    library: x509.Certificate = field(compare=False, repr=False)
    """cryptography's view, for this package only."""
    subject_name: DistinguishedName = field(compare=False)
    issuer_name: DistinguishedName = field(compare=False, repr=False)
    serial: int = field(compare=False)
    not_before: datetime = field(compare=False)
    not_after: datetime = field(compare=False)
    spki_der: bytes = field(compare=False, repr=False)
    key_kind: str = field(compare=False)
    """`ec-p256`, `rsa-2048`, `ed25519` and so on."""
    key_usage: frozenset[str] | None = field(compare=False, repr=False)
    """RFC 5280 names such as `digitalSignature`; None without the extension."""
    extended_key_usage: frozenset[str] | None = field(compare=False, repr=False)
    """Dotted purposes; None without the extension."""
    policies: frozenset[str] = field(compare=False, repr=False)
    """Dotted certificate policies; empty without the extension."""
    is_ca: bool = field(compare=False, repr=False)
    path_length: int | None = field(compare=False, repr=False)
    private_key_usage_period: tuple[datetime | None, datetime | None] | None = field(
        compare=False, repr=False
    )
    """notBefore and notAfter of the private key (RFC 3280 clause 4.2.1.4), aware UTC."""

    @property
    def sha256(self) -> bytes:
        """SHA-256 of the DER."""
        return hashlib.sha256(self.der).digest()

    @property
    def subject_key_identifier(self) -> bytes | None:
        """SubjectKeyIdentifier; None without the extension."""
        return read_subject_key_identifier(self.library.extensions)

    @property
    def subject(self) -> str:
        """The subject as RFC 4514 writes it."""
        return self.subject_name.rfc4514()

    @property
    def issuer(self) -> str:
        """The issuer as RFC 4514 writes it."""
        return self.issuer_name.rfc4514()

    @property
    def serial_hex(self) -> str:
        """The serial number in upper-case hexadecimal, an even number of digits."""
        return format_serial(self.serial)

    @property
    def algorithm(self) -> SignatureAlgorithm:
        """The algorithm that the certified key signs with.

        Raises:
            DocumentError: `key-unsupported` for a kind of key that this program does not sign with.

        """
        return algorithm_for(self.spki_der)

    @property
    def common_name(self) -> str:
        """CN; empty when there is none, or more than one to choose from."""
        return _only(self.subject_name.values(names.COMMON_NAME))

    @property
    def organisation(self) -> str:
        """O; empty when there is none, or more than one to choose from."""
        return _only(self.subject_name.values(names.ORGANISATION))

    @property
    def role_code(self) -> str:
        """Remote Party Role Code: the one OU of exactly two hexadecimal digits, upper case; else empty."""
        units = self.subject_name.values(names.ORGANISATIONAL_UNIT)
        return _only(tuple({unit.upper() for unit in units if _ROLE_CODE.fullmatch(unit)}))

    @property
    def entity_identifier(self) -> str:
        """EUI-64 from x500UniqueIdentifier as 16 upper-case hexadecimal digits; else empty."""
        found = self.subject_name.attributes(names.UNIQUE_IDENTIFIER)
        values = {item.value[1:] for item in found if item.tag == BIT_STRING and item.value[:1] == b"\0"}
        return _only(tuple(value.hex().upper() for value in values if len(value) == _EUI64_OCTETS))

    @property
    def display_name(self) -> str:
        """Common name and organisation for people; the whole subject when either is missing."""
        if not (self.common_name and self.organisation):
            return self.subject
        return escape_controls(f"{self.common_name}, {self.organisation}")

    @property
    def is_self_issued(self) -> bool:
        """Subject and issuer are one name (RFC 5280 clause 6.1)."""
        return self.subject_name.comparable == self.issuer_name.comparable


def format_serial(serial: int) -> str:
    """Write a serial number in upper-case hexadecimal with an even number of digits."""
    digits = f"{abs(serial):X}"
    return ("-" if serial < 0 else "") + ("0" + digits if len(digits) % 2 else digits)


def load_certificate(data: bytes, *, where: str) -> SigningCertificate:
    """Load exactly one certificate, PEM or DER; `where` names its place in messages.

    Raises:
        DocumentError: `certificate-malformed` when it is not one, or `data` holds none or several.

    """
    found = load_certificates(data, where=where)
    if len(found) != 1:
        raise _malformed(where, f"{len(found)} certificates where one is expected")
    return found[0]


def load_certificates(data: bytes, *, where: str) -> tuple[SigningCertificate, ...]:
    """Load all certificates of a PEM text, in order, or the one of a DER file; at least one.

    Raises:
        DocumentError: `certificate-malformed` when there is none, or one of them cannot be read.

    """
    try:
        blocks = (data,) if data[:1] == bytes((SEQUENCE,)) else list_pem_blocks(data, _LABELS)
        found = tuple(_load(block, where) for block in blocks)
    except FOREIGN_ERRORS as error:
        raise _malformed(where, describe_foreign(error)) from error
    if not found:
        raise _malformed(where, "no certificate in it")
    return found


def _malformed(where: str, reason: str) -> DocumentError:
    """Build the error of this module on one line."""
    return DocumentError(
        "certificate-malformed",
        f"{where}: cannot be read as a certificate: {' '.join(reason.split())}",
        hint="give an X.509 certificate as PEM or DER",
    )


def _load(der: bytes, where: str) -> SigningCertificate:
    """Read a certificate, or recall it; raises FOREIGN_ERRORS."""
    return (_recall if len(der) <= KEPT_OCTETS else _parse_certificate)(der, where)


@lru_cache(_KEPT_CERTIFICATES)
def _recall(der: bytes, where: str) -> SigningCertificate:
    """Recall a certificate that was read before: every signature brings its CAs along again."""
    return _parse_certificate(der, where)


def _parse_certificate(der: bytes, where: str) -> SigningCertificate:
    """Read one certificate; raises FOREIGN_ERRORS."""
    signed = parse_signed(der, inner=True)
    fields = parse_element(signed.tbs, SEQUENCE).children()
    if fields and fields[0].tag == EXPLICIT_VERSION:
        fields = fields[1:]
    if len(fields) < len(("serial", "algorithm", "issuer", "validity", "subject", "spki")):
        raise MalformedDERError("fields are missing")
    library = _load_library_view(signed.readable, fields[0].contents)
    extensions = library.extensions
    spki = fields[5].encoded
    basic = find_extension(extensions, x509.BasicConstraints)
    return SigningCertificate(
        der=der,
        where=where,
        signed=signed,
        library=library,
        subject_name=parse_name(fields[4].encoded),
        issuer_name=parse_name(fields[2].encoded),
        serial=int.from_bytes(fields[0].contents, "big", signed=True),
        not_before=library.not_valid_before_utc,
        not_after=library.not_valid_after_utc,
        spki_der=spki,
        key_kind=_kind(spki),
        key_usage=read_key_usage(extensions),
        extended_key_usage=read_extended_key_usage(extensions),
        policies=read_policies(extensions),
        is_ca=basic is not None and basic.ca,
        path_length=None if basic is None else basic.path_length,
        private_key_usage_period=read_usage_period(extensions),
    )


def _load_library_view(der: bytes, serial: bytes) -> x509.Certificate:
    """Load cryptography's view, without its warning about a serial number of zero or less.

    RFC 5280 clause 4.1.2.2: users must be prepared to handle such certificates gracefully.
    """
    if int.from_bytes(serial, "big", signed=True) > 0:
        return x509.load_der_x509_certificate(der)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return x509.load_der_x509_certificate(der)


def _kind(spki_der: bytes) -> str:
    """Name the kind of key; raises MalformedDERError like the rest of the reading."""
    try:
        return key_kind(spki_der)
    except DocumentError as error:
        raise MalformedDERError(error.message) from error


def _only(values: tuple[str, ...]) -> str:
    """Give the value when there is exactly one: of several, none may speak for the party."""
    return values[0] if len(values) == 1 else ""
