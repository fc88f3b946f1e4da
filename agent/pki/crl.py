"""Certificate revocation lists (RFC 5280 clause 5)."""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from cryptography import x509

from agent.errors import DocumentError
from agent.pki.certificate import FOREIGN_ERRORS
from agent.pki.crl_scope import CRLScope, read_scope
from agent.pki.der import INTEGER, SEQUENCE, MalformedDERError, parse_element
from agent.pki.extensions import find_extension
from agent.pki.names import DistinguishedName, parse_name
from agent.pki.pem import list_pem_blocks
from agent.pki.signed import SignedStructure, parse_signed

_LABELS: Final = frozenset({"X509 CRL"})
_CRITICAL: Final = bytes.fromhex("0101ff")
_UNDERSTOOD: Final = frozenset(
    {
        "2.5.29.18",  # issuerAltName
        "2.5.29.20",  # cRLNumber
        "2.5.29.27",  # deltaCRLIndicator: understood enough to set the list aside
        "2.5.29.28",  # issuingDistributionPoint
        "2.5.29.35",  # authorityKeyIdentifier
    }
)
_UNDERSTOOD_OF_ENTRIES: Final = frozenset({"2.5.29.21", "2.5.29.24"})  # reasonCode, invalidityDate
UNSPECIFIED: Final = "unspecified"


@dataclass(frozen=True, slots=True)
class CRLEntry:
    """One revoked certificate (RFC 5280 clause 5.3)."""

    serial: int
    revoked_at: datetime
    """revocationDate, aware UTC."""
    reason: str
    """A CRLReason name of clause 5.3.1, such as `keyCompromise`; `unspecified` when the list gives none."""


@dataclass(frozen=True, slots=True)
class CertificateList:
    """A CRL, read; equal to another exactly when the DER is. Its signature is not verified yet."""

    der: bytes = field(repr=False)
    where: str = field(compare=False)
    """Where it was read: a file, a cache, a signature."""
    signed: SignedStructure = field(compare=False, repr=False)
    library: x509.CertificateRevocationList = field(compare=False, repr=False)
    """cryptography's view, for this package only."""
    issuer_name: DistinguishedName = field(compare=False)
    number: int | None = field(compare=False)
    this_update: datetime = field(compare=False)
    next_update: datetime | None = field(compare=False)
    is_delta: bool = field(compare=False, repr=False)
    scope: CRLScope = field(compare=False, repr=False)
    unknown_critical: tuple[str, ...] = field(compare=False, repr=False)
    """Dotted critical extensions, of the list or of any entry, that this program does not understand."""

    @property
    def sha256(self) -> bytes:
        """SHA-256 of the DER."""
        return hashlib.sha256(self.der).digest()

    @property
    def issuer(self) -> str:
        """The issuer as RFC 4514 writes it."""
        return self.issuer_name.rfc4514()

    def __len__(self) -> int:
        """Count the entries."""
        return len(self.library)

    def entry_for(self, serial: int) -> CRLEntry | None:
        """Find the entry of a serial number; None when the list does not name it.

        Raises:
            DocumentError: `crl-malformed` when the list names it, but the entry cannot be read.

        """
        try:
            revoked = self.library.get_revoked_certificate_by_serial_number(serial)
            reason = None if revoked is None else find_extension(revoked.extensions, x509.CRLReason)
        except FOREIGN_ERRORS as error:
            raise _malformed(self.where, f"entry of {serial:#x}: {error}") from error
        if revoked is None:
            return None
        name = UNSPECIFIED if reason is None else str(reason.reason.value)
        return CRLEntry(serial, revoked.revocation_date_utc, name)


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
        raise _malformed(where, str(error)) from error
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
    fields = [item for item in parse_element(signed.tbs, SEQUENCE).children() if item.tag != INTEGER]
    if len(fields) < len(("algorithm", "issuer", "thisUpdate")):
        raise MalformedDERError("fields are missing")
    library = x509.load_der_x509_crl(signed.readable)
    issuer = parse_name(fields[1].encoded)
    extensions = library.extensions
    number = find_extension(extensions, x509.CRLNumber)
    return CertificateList(
        der=der,
        where=where,
        signed=signed,
        library=library,
        issuer_name=issuer,
        number=None if number is None else number.crl_number,
        this_update=library.last_update_utc,
        next_update=library.next_update_utc,
        is_delta=find_extension(extensions, x509.DeltaCRLIndicator) is not None,
        scope=read_scope(extensions, issuer),
        unknown_critical=(*_unknown(extensions, _UNDERSTOOD), *_unknown_of_entries(signed.tbs, library)),
    )


def _unknown(extensions: x509.Extensions, understood: frozenset[str]) -> tuple[str, ...]:
    """List the critical extensions outside those understood."""
    return tuple(
        extension.oid.dotted_string
        for extension in extensions
        if extension.critical and extension.oid.dotted_string not in understood
    )


def _unknown_of_entries(tbs: bytes, library: x509.CertificateRevocationList) -> tuple[str, ...]:
    """List the unknown critical extensions of all entries.

    RFC 5280 clause 5.3: one such entry, of any certificate, makes the list unusable for all. Long lists
    have none, as a rule, and then the octets of a TRUE criticality occur at most in the list's own
    extensions: counting those octets spares reading a million entries one by one.
    """
    own = sum(extension.critical for extension in library.extensions)
    if tbs.count(_CRITICAL) <= own:
        return ()
    unknown = {oid for entry in library for oid in _unknown(entry.extensions, _UNDERSTOOD_OF_ENTRIES)}
    return tuple(sorted(unknown))
