"""Certificate revocation lists (RFC 5280 clause 5)."""

import hashlib
from dataclasses import field
from datetime import datetime
from typing import Final, Protocol

from cryptography import x509

from agent.dataclass import dataclass
from agent.errors import DocumentError
from agent.pki.certificate import FOREIGN_ERRORS
from agent.pki.crl_entries import (
    CRLEntry,
    encode_serial,
    find_entry,
    find_issued_entry,
    list_spans,
    list_unknown_critical,
)
from agent.pki.crl_scope import CRLScope, read_scope
from agent.pki.der import INTEGER, SEQUENCE, Element, MalformedDERError, parse_element
from agent.pki.extensions import find_extension
from agent.pki.foreign import describe_foreign
from agent.pki.names import DistinguishedName, parse_name
from agent.pki.path_checks import ALLOWED_HASHES
from agent.pki.pem import list_pem_blocks
from agent.pki.signatures import SignatureMismatch
from agent.pki.signed import SignedStructure, parse_signed, signature_hash, verify_signed

_LABELS: Final = frozenset({"X509 CRL"})
_EXTENSIONS: Final = 0xA0
_UNDERSTOOD: Final = frozenset(
    {
        "2.5.29.18",  # issuerAltName
        "2.5.29.20",  # cRLNumber
        "2.5.29.27",  # deltaCRLIndicator
        "2.5.29.28",  # issuingDistributionPoint
        "2.5.29.35",  # authorityKeyIdentifier
    }
)


class RevocationList(Protocol):
    """What a CRL must tell to be judged by, wherever its entries are: in memory, or in an indexed store."""

    @property
    def der(self) -> bytes:
        """The whole list."""

    @property
    def where(self) -> str:
        """Where it was read: a file, a store, a signature."""

    @property
    def sha256(self) -> bytes:
        """SHA-256 of the DER."""

    @property
    def identity(self) -> bytes:
        """SHA-256 of the TBSCertList: anybody can write an ECDSA signature in other octets, as valid."""

    @property
    def refused(self) -> str:
        """Why it was put aside, as a code, to revoke and never to vouch; empty when it was not."""

    @property
    def issuer_name(self) -> DistinguishedName:
        """The issuer, to compare."""

    @property
    def issuer(self) -> str:
        """The issuer as RFC 4514 writes it."""

    @property
    def number(self) -> int | None:
        """CRL number (clause 5.2.3)."""

    @property
    def base_number(self) -> int | None:
        """BaseCRLNumber of a delta CRL (clause 5.2.4); None for a complete one."""

    @property
    def this_update(self) -> datetime:
        """Aware UTC."""

    @property
    def next_update(self) -> datetime | None:
        """Aware UTC."""

    @property
    def scope(self) -> CRLScope:
        """What it speaks for (clause 5.2.5)."""

    @property
    def unknown_critical(self) -> tuple[str, ...]:
        """Dotted critical extensions, of the list or of any entry, that are not understood."""

    def is_signed_by(self, spki_der: bytes) -> bool:
        """Tell whether the key made the signature, by an allowed algorithm."""

    def entry_for(self, serial: int, issuer: DistinguishedName | None = None) -> CRLEntry | None:
        """Find the entry of a certificate; `issuer` is the certificate's, None the list's own.

        Raises:
            DocumentError: `crl-malformed` when the list names it, but the entry cannot be read.

        """


@dataclass(frozen=True, slots=True)
class CertificateList:
    """A CRL, read; equal to another exactly when the DER is. `is_signed_by` verifies its signature."""

    der: bytes = field(repr=False)
    where: str = field(compare=False)
    """Where it was read: a file, a cache, a signature."""
    signed: SignedStructure = field(compare=False, repr=False)
    library: x509.CertificateRevocationList = field(compare=False, repr=False)
    """cryptography's view, for this package only."""
    revoked: Element | None = field(compare=False, repr=False)
    """revokedCertificates; None when the list has none."""
    issuer_name: DistinguishedName = field(compare=False)
    number: int | None = field(compare=False)
    base_number: int | None = field(compare=False)
    """BaseCRLNumber of a delta CRL (clause 5.2.4); None for a complete one."""
    this_update: datetime = field(compare=False)
    next_update: datetime | None = field(compare=False)
    scope: CRLScope = field(compare=False, repr=False)
    unknown_critical: tuple[str, ...] = field(compare=False, repr=False)
    """Dotted critical extensions, of the list or of any entry, that this program does not understand."""
    _verified: dict[bytes, bool] = field(default_factory=dict, init=False, compare=False, repr=False)

    @property
    def sha256(self) -> bytes:
        """SHA-256 of the DER."""
        return hashlib.sha256(self.der).digest()

    @property
    def identity(self) -> bytes:
        """SHA-256 of the TBSCertList."""
        return hashlib.sha256(self.signed.tbs).digest()

    @property
    def refused(self) -> str:
        """Nothing: only a store puts lists aside."""
        return ""

    @property
    def issuer(self) -> str:
        """The issuer as RFC 4514 writes it."""
        return self.issuer_name.rfc4514()

    def __len__(self) -> int:
        """Count the entries."""
        return len(self.library)

    def is_signed_by(self, spki_der: bytes) -> bool:
        """Tell whether the key made the signature, by an allowed algorithm; each key is asked once."""
        if spki_der not in self._verified:
            self._verified[spki_der] = _is_signed(self, spki_der)
        return self._verified[spki_der]

    def entry_for(self, serial: int, issuer: DistinguishedName | None = None) -> CRLEntry | None:
        """Find the entry of a certificate; `issuer` is the certificate's, None the list's own.

        Raises:
            DocumentError: `crl-malformed` when the list names it, but the entry cannot be read.

        """
        if self.revoked is None:
            return None
        encoded, wanted = encode_serial(serial), (issuer or self.issuer_name).comparable
        try:
            if self.scope.is_indirect:
                return find_issued_entry(self.revoked, encoded, wanted, self.issuer_name)
            return find_entry(self.revoked, encoded) if wanted == self.issuer_name.comparable else None
        except MalformedDERError as error:
            raise _malformed(self.where, f"entry of {serial:#x}: {error}") from error


def _is_signed(crl: CertificateList, spki_der: bytes) -> bool:
    """Verify the signature of a list with a key."""
    try:
        verify_signed(crl.signed, crl.library, spki_der)
    except (SignatureMismatch, DocumentError):
        return False
    return signature_hash(crl.library) in ALLOWED_HASHES


def load_crl(data: bytes, *, where: str) -> CertificateList:
    """Load exactly one CRL, PEM or DER; `where` names its place in messages.

    Raises:
        DocumentError: `crl-malformed` when it is not one, or `data` holds none or several.

    """
    found = load_crls(data, where=where)
    if len(found) != 1:
        raise _malformed(where, f"{len(found)} lists where one is expected")
    return found[0]


def load_crls(data: bytes, *, where: str) -> tuple[CertificateList, ...]:
    """Load all CRLs of a PEM text, in order, or the one of a DER file; at least one.

    Raises:
        DocumentError: `crl-malformed` when there is none, or one of them cannot be read.

    """
    try:
        blocks = (data,) if data[:1] == bytes((SEQUENCE,)) else list_pem_blocks(data, _LABELS)
        found = tuple(_parse_crl(block, where) for block in blocks)
    except FOREIGN_ERRORS as error:
        raise _malformed(where, describe_foreign(error)) from error
    if not found:
        raise _malformed(where, "no CRL in it")
    return found


def _malformed(where: str, reason: str) -> DocumentError:
    """Build the error of this module on one line."""
    return DocumentError(
        "crl-malformed",
        f"{where}: cannot be read as a CRL: {' '.join(reason.split())}",
        hint="give an X.509 CRL as PEM or DER, for example as the DCC publishes it",
    )


def _parse_crl(der: bytes, where: str) -> CertificateList:
    """Read one CRL; raises FOREIGN_ERRORS."""
    signed = parse_signed(der, inner=True)
    members = parse_element(signed.tbs, SEQUENCE).children()
    fields = [item for item in members if item.tag != INTEGER]
    if len(fields) < len(("algorithm", "issuer", "thisUpdate")):
        raise MalformedDERError("fields are missing")
    library = x509.load_der_x509_crl(signed.readable)
    issuer = parse_name(fields[1].encoded)
    extensions = library.extensions
    number = find_extension(extensions, x509.CRLNumber)
    delta = find_extension(extensions, x509.DeltaCRLIndicator)
    scope = read_scope(extensions, issuer)
    revoked = next((item for item in fields[3:] if item.tag == SEQUENCE), None)
    if members[0].tag != INTEGER:
        _check_version_1(fields, revoked)
    unknown = frozenset[str]()
    if revoked is not None:
        unknown = list_unknown_critical(revoked, indirect=scope.is_indirect)
    return CertificateList(
        der=der,
        where=where,
        signed=signed,
        library=library,
        revoked=revoked,
        issuer_name=issuer,
        number=None if number is None else number.crl_number,
        base_number=None if delta is None else delta.crl_number,
        this_update=library.last_update_utc,
        next_update=library.next_update_utc,
        scope=scope,
        unknown_critical=(*_unknown(extensions), *sorted(unknown)),
    )


def _check_version_1(fields: list[Element], revoked: Element | None) -> None:
    """Refuse extensions without the version that has them (clause 5.1.2.1); raises FOREIGN_ERRORS."""
    entries = () if revoked is None else list_spans(revoked)
    extended = any(
        len(parse_element(revoked.data[start:stop], SEQUENCE).children()) > len(("serial", "date"))
        for start, _, stop in entries
        if revoked is not None
    )
    if extended or fields[-1].tag == _EXTENSIONS:
        raise MalformedDERError("it has extensions and is not of version 2")


def _unknown(extensions: x509.Extensions) -> tuple[str, ...]:
    """List the critical extensions of the list that are not understood."""
    return tuple(
        extension.oid.dotted_string
        for extension in extensions
        if extension.critical and extension.oid.dotted_string not in _UNDERSTOOD
    )
