"""A CRL in the store: verified and parsed at ingestion, its entries read bucket by bucket."""

import hashlib
import json
import sqlite3
from collections.abc import Iterator
from dataclasses import field
from datetime import UTC, datetime
from typing import Any, Final

from agent.dataclass import dataclass
from agent.errors import DocumentError
from agent.pki.crl import CertificateList, load_crl
from agent.pki.crl_entries import CRLEntry, encode_serial, find_entry
from agent.pki.crl_index import bucket_of, section_of
from agent.pki.crl_scope import CRLScope
from agent.pki.der import SEQUENCE, Element, MalformedDERError
from agent.pki.names import DistinguishedName, parse_name
from agent.service.crls.errors import store_unusable

COLUMNS: Final = (
    "id, sha256, issuer, number, base_number, this_update, next_update, scope, unknown_critical,"
    " signer, entries, buckets, place, current, standing, slot, tbs, refused"
)
"""What `build_stored` wants of the table `crl`, in its order."""
PLACES: Final = 1 << 16
"""Places of buckets that a section has."""


@dataclass(frozen=True, slots=True)
class StoredList:
    """A verified CRL whose entries are in the store; as good as the connection's snapshot it was read in."""

    connection: sqlite3.Connection = field(compare=False, repr=False)
    row: int = field(compare=False, repr=False)
    sha256: bytes
    issuer_name: DistinguishedName = field(compare=False)
    number: int | None = field(compare=False)
    base_number: int | None = field(compare=False)
    this_update: datetime = field(compare=False)
    next_update: datetime | None = field(compare=False)
    scope: CRLScope = field(compare=False, repr=False)
    unknown_critical: tuple[str, ...] = field(compare=False, repr=False)
    count: int = field(compare=False)
    """Entries."""
    buckets: int = field(compare=False, repr=False)
    where: str = field(compare=False)
    current: bool = field(compare=False)
    """The newest of its kind; others are kept while a file still holds them."""
    standing: bool = field(compare=False)
    """Superseded, and kept for a permanent revocation that its successor omits."""
    identity: bytes = field(compare=False, repr=False)
    """SHA-256 of the TBSCertList."""
    refused: str = field(compare=False)
    """Why it was put aside, as a code; empty when it was let in."""
    slot: bytes = field(compare=False, repr=False)
    """The series of lists that succeed each other."""
    sections: dict[bytes, int] = field(compare=False, repr=False)
    """Whose certificates (`crl_index.section_of`) to the number that begins the places of their buckets."""
    verified: dict[bytes, bool] = field(compare=False, repr=False)
    """SHA-256 of a SubjectPublicKeyInfo to whether that key made the signature."""

    @property
    def der(self) -> bytes:
        """The whole list, as it was ingested.

        Raises:
            UsageError: `crl-store-unusable`.

        """
        return bytes(self._select("SELECT der FROM document WHERE crl = ?", (self.row,))[0])

    @property
    def issuer(self) -> str:
        """The issuer as RFC 4514 writes it."""
        return self.issuer_name.rfc4514()

    def __len__(self) -> int:
        """Count the entries."""
        return self.count

    def is_signed_by(self, spki_der: bytes) -> bool:
        """Tell whether the key made the signature; the one found at ingestion is not asked again.

        Raises:
            UsageError: `crl-store-unusable`.

        """
        key = hashlib.sha256(spki_der).digest()
        if key not in self.verified:
            self.verified[key] = load_crl(self.der, where=self.where).is_signed_by(spki_der)
        return self.verified[key]

    def entry_for(self, serial: int, issuer: DistinguishedName | None = None) -> CRLEntry | None:
        """Find the entry of a certificate; `issuer` is the certificate's, None the list's own.

        Raises:
            DocumentError: `crl-malformed` when the list names it, but the entry cannot be read.
            UsageError: `crl-store-unusable`.

        """
        try:
            return self.find(section_of(issuer, self.issuer_name), encode_serial(serial))
        except MalformedDERError as error:
            message = f"{self.where}: entry of {serial:#x}: {error}"
            raise DocumentError("crl-malformed", message) from error

    def find(self, section: bytes, serial: bytes) -> CRLEntry | None:
        """Find the entry of a serial number (an encoded INTEGER) in a section.

        Raises:
            MalformedDERError: when the list names it, but the entry cannot be read.
            UsageError: `crl-store-unusable`.

        """
        begin = self.sections.get(section)
        place = -1 if begin is None else begin * PLACES + bucket_of(serial, self.buckets)
        # The list itself is asked for too: one deleted under our feet must not look like one without entries.
        found, _ = self._select(
            "SELECT (SELECT entries FROM bucket WHERE place = ?), id FROM crl WHERE id = ?", (place, self.row)
        )
        return None if found is None else find_entry(Element(found, SEQUENCE, 0, 0, len(found)), serial)

    def list_buckets(self) -> Iterator[tuple[bytes, int, bytes]]:
        """List section, number and entries of every bucket that is not empty; raises sqlite3.Error."""
        for section, begin in self.sections.items():
            span = (begin * PLACES, (begin + 1) * PLACES)
            statement = "SELECT place, entries FROM bucket WHERE place >= ? AND place < ?"
            for place, entries in self.connection.execute(statement, span):
                yield section, place - span[0], entries

    def _select(self, statement: str, values: tuple[object, ...]) -> Any:
        """Read one row, which must be there."""
        try:
            row = self.connection.execute(statement, values).fetchone()
        except sqlite3.Error as error:
            raise store_unusable("the store of CRLs", error) from error
        if row is None:
            raise store_unusable("the store of CRLs", "a list has gone from it")
        return row


def build_stored(connection: sqlite3.Connection, row: tuple[Any, ...]) -> StoredList:
    """Build a list from a row of `COLUMNS`; raises what damage makes: ValueError, KeyError, TypeError."""
    return StoredList(
        connection=connection,
        row=row[0],
        sha256=row[1],
        issuer_name=parse_name(row[2]),
        number=None if row[3] is None else int(row[3]),
        base_number=None if row[4] is None else int(row[4]),
        this_update=datetime.fromtimestamp(row[5], UTC),
        next_update=None if row[6] is None else datetime.fromtimestamp(row[6], UTC),
        scope=_parse_scope(row[7]),
        unknown_critical=tuple(json.loads(row[8])),
        verified={row[9]: True},
        count=row[10],
        buckets=row[11],
        where=row[12],
        current=bool(row[13]),
        standing=bool(row[14]),
        slot=row[15],
        identity=row[16],
        refused=row[17],
        sections=dict(connection.execute("SELECT name, id FROM section WHERE crl = ?", row[:1]).fetchall()),
    )


def describe_scope(crl: CertificateList) -> str:
    """Write a scope as JSON, the same for equal ones."""
    scope = crl.scope
    point = None if scope.point is None else sorted([kind, name.hex()] for kind, name in scope.point)
    return json.dumps(
        [
            scope.only_user_certificates,
            scope.only_ca_certificates,
            scope.only_attribute_certificates,
            scope.is_indirect,
            sorted(scope.reasons),
            point,
        ]
    )


def _parse_scope(text: str) -> CRLScope:
    """Parse what `describe_scope` wrote."""
    user, authority, attribute, indirect, reasons, point = json.loads(text)
    names = None if point is None else frozenset((kind, bytes.fromhex(name)) for kind, name in point)
    return CRLScope(user, authority, attribute, indirect, frozenset(reasons), names)
