"""The store of CRLs: what was verified once, remembered, so that nobody passes off an older list.

A list gets in when a configured CA that leads to an anchor signed it. Of lists that succeed each other
(issuer, key, scope, delta or not) the newest is current. One whose number or thisUpdate goes backwards
(rollback), or that has the number of the current one and is another list (fork), is refused and remembered as
an incident; the last good one is kept. It is the CA's word all the same: where it revokes what the current
one does not, and always after a fork, it is put aside to revoke, never to vouch. Kept, too, is a superseded
list that has a permanent revocation which its successor omits, or turns into a hold: only a hold may be taken
back (RFC 5280 clause 5.3.1), and a CA that drops the entry of a certificate once it has expired (clause 3.3)
has not made the certificate good.
"""

import hashlib
import json
from collections.abc import Iterable
from datetime import datetime

from agent.instants import format_instant
from agent.pki.crl import CertificateList
from agent.pki.crl_index import OWN, Buckets, bucket_count, fill_buckets
from agent.service.crls.database import DAMAGE
from agent.service.crls.errors import CRLRefusedError, store_unusable
from agent.service.crls.register import Incident, SourceRegister, to_instant, to_seconds
from agent.service.crls.stored import COLUMNS, PLACES, StoredList, build_stored, describe_scope
from agent.service.crls.succession import omits_any, omits_standing, read_buckets


class CRLStore(SourceRegister):
    """The store, open: `with CRLStore(path) as store: …`; one thread, any number of processes."""

    def list_crls(self) -> tuple[StoredList, ...]:
        """List every list in the store, as it is now and until the store is closed or written to.

        Raises:
            UsageError: `crl-store-unusable`.

        """
        try:
            if not self.connection.in_transaction:
                # A snapshot: another process may replace a list meanwhile, ours stay whole.
                self.connection.execute("BEGIN")
            return self._build_lists("ORDER BY id")
        except DAMAGE as error:
            raise store_unusable(self.path, error) from error

    def add(
        self, crl: CertificateList, *, signer: bytes, place: str, now: datetime, archived: bool = False
    ) -> bool:
        """Let a list in that the key `signer` (SubjectPublicKeyInfo) signed; false when it is there already.

        One that was current once and is offered again is a rollback, unless it is `archived`: in a folder
        that keeps old lists beside the new.

        Raises:
            CRLRefusedError: `crl-rollback` or `crl-fork`.
            UsageError: `crl-store-unusable`.

        """
        key = hashlib.sha256(signer).digest()
        slot = _slot(crl, key)
        if self._holds(crl, slot, archived=archived):
            return False
        count = bucket_count(0 if crl.revoked is None else crl.revoked.end - crl.revoked.body)
        with self.writing():
            if self._holds(crl, slot, archived=archived):
                return False
            buckets = fill_buckets(crl, count)
            refusal = self._find_backwards(crl, slot, place)
            if refusal is None:
                self._keep_standing(slot, buckets)
                if crl.this_update <= now:
                    self._settle(crl, slot, buckets)
                self._insert_buckets(self._insert(crl, (slot, key), count, (place, now)), buckets)
                self._prune(now)
            else:
                # In the same transaction: what is said to have been refused is there to revoke.
                self._put_aside(crl, (slot, key), buckets, (place, now), refusal.code)
                self.record_incident(Incident(crl.sha256.hex(), refusal.code, refusal.message, place, now))
        if refusal is not None:
            raise refusal
        return True

    def list_identities(self) -> frozenset[str]:
        """List the TBSCertLists (SHA-256, hex) of every list in the store.

        Raises:
            UsageError: `crl-store-unusable`.

        """
        return frozenset(row[0].hex() for row in self.rows("SELECT tbs FROM crl"))

    def name_lists(self, identities: Iterable[str]) -> tuple[str, ...]:
        """Find the SHA-256 (hex) of the lists whose TBSCertLists are given.

        Raises:
            UsageError: `crl-store-unusable`.

        """
        known = {row[0].hex(): row[1].hex() for row in self.rows("SELECT tbs, sha256 FROM crl")}
        return tuple(known[item] for item in identities if item in known)

    def forget_everything(self) -> None:
        """Empty the store: for rehearsals, where time is turned back on purpose.

        Raises:
            UsageError: `crl-store-unusable`.

        """
        for table in ("crl", "source", "incident"):
            self.write(f"DELETE FROM {table}", ())  # noqa: S608 - names of our own

    def _find_backwards(self, crl: CertificateList, slot: bytes, place: str) -> CRLRefusedError | None:
        """Find why a list that is not newer than the current one of its slot is refused; None when it is."""
        found = self.rows("SELECT number, this_update FROM crl WHERE slot = ? AND current", (slot,))
        if not found:
            return None
        number = None if found[0][0] is None else int(found[0][0])
        this_update = to_instant(found[0][1])
        what = (
            f"{place}: the CRL of {crl.issuer} with {_describe(crl.number, crl.this_update)}"
            f" was put aside, because {{}} the one with {_describe(number, this_update)} that was seen"
        )
        hint = "the last good list is kept; ask the CA which one is right, `iki crl status` shows both"
        if crl.number == number and (number is not None or crl.this_update == this_update):
            return CRLRefusedError("crl-fork", what.format("it is another list than"), hint=hint)
        if crl.this_update < this_update:
            return CRLRefusedError(
                "crl-rollback", what.format("its thisUpdate is older than that of"), hint=hint
            )
        if number is not None and (crl.number is None or crl.number < number):
            return CRLRefusedError("crl-rollback", what.format("its number goes back behind"), hint=hint)
        return None

    def _put_aside(
        self,
        crl: CertificateList,
        kind: tuple[bytes, bytes],
        buckets: Buckets,
        origin: tuple[str, datetime],
        code: str,
    ) -> None:
        """Keep a refused list for what it revokes; a fork is always kept, what tells nothing more is not.

        An old list replayed stops nobody: a hold in it has been lifted by the current list since.
        """
        slot = kind[0]
        if self.rows("SELECT id FROM crl WHERE slot = ? AND tbs = ?", (slot, crl.identity)):
            return
        row = self._insert(crl, kind, len(buckets[OWN]), origin, code)
        self._insert_buckets(row, buckets)
        if code == "crl-fork":
            return
        (aside,) = self._build_lists("WHERE id = ?", row)
        kept = self._build_lists("WHERE slot = ? AND standing", slot)
        for current in self._build_lists("WHERE slot = ? AND current", slot):
            if not _tells_more(aside, current.this_update, read_buckets(current), kept):
                self.connection.execute("DELETE FROM crl WHERE id = ?", (row,))

    def _settle(self, crl: CertificateList, slot: bytes, buckets: Buckets) -> None:
        """Delete what was put aside and tells nothing beside the list that comes now."""
        kept = self._build_lists("WHERE slot = ? AND standing", slot)
        for aside in self._build_lists("WHERE slot = ? AND refused <> ''", slot):
            if not _tells_more(aside, crl.this_update, buckets, kept):
                self.connection.execute("DELETE FROM crl WHERE id = ?", (aside.row,))

    def _build_lists(self, chosen: str, *values: object) -> tuple[StoredList, ...]:
        """Build the lists that a clause chooses; raises `DAMAGE`."""
        rows = self.connection.execute(f"SELECT {COLUMNS} FROM crl {chosen}", values).fetchall()  # noqa: S608
        return tuple(build_stored(self.connection, row) for row in rows)

    def _keep_standing(self, slot: bytes, buckets: Buckets) -> None:
        """Keep the current list when its successor omits a permanent revocation that no list kept has.

        A delta CRL is succeeded by a complete one, which it is not compared with.
        """
        kept = self._build_lists("WHERE slot = ? AND standing", slot)
        for current in self._build_lists("WHERE slot = ? AND current AND base_number IS NULL", slot):
            if omits_standing(current, buckets, kept):
                self.connection.execute("UPDATE crl SET standing = 1 WHERE id = ?", (current.row,))

    def _insert_buckets(self, row: int, sections: Buckets) -> None:
        """Insert the entries of a list."""
        for name, buckets in sections.items():
            statement = "INSERT INTO section (crl, name) VALUES (?, ?)"
            begin = (self.connection.execute(statement, (row, name)).lastrowid or 0) * PLACES
            self.connection.executemany(
                "INSERT INTO bucket VALUES (?, ?)",
                ((begin + number, entries) for number, entries in enumerate(buckets) if entries),
            )

    def _insert(
        self,
        crl: CertificateList,
        kind: tuple[bytes, bytes],
        count: int,
        origin: tuple[str, datetime],
        refused: str = "",
    ) -> int:
        """Insert a list, as the current one of its slot unless it is refused; returns its row."""
        slot, key = kind
        place, now = origin
        execute = self.connection.execute
        if not refused:
            execute("UPDATE crl SET current = 0 WHERE slot = ?", (slot,))
        values = (
            crl.sha256,
            crl.identity,
            slot,
            not refused,
            refused,
            crl.issuer_name.der,
            _text(crl.number),
            _text(crl.base_number),
            to_seconds(crl.this_update),
            None if crl.next_update is None else to_seconds(crl.next_update),
            describe_scope(crl),
            json.dumps(crl.unknown_critical),
            key,
            len(crl),
            count,
            place,
            to_seconds(now),
        )
        row = execute(
            "INSERT INTO crl (sha256, tbs, slot, current, standing, refused, issuer, number, base_number,"
            " this_update, next_update, scope, unknown_critical, signer, entries, buckets, place, ingested)"
            " VALUES (?, ?, ?, ?, 0, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            values,
        ).lastrowid
        execute("INSERT INTO document VALUES (?, ?)", (row, crl.der))
        return row or 0

    def _prune(self, now: datetime) -> None:
        """Delete what is superseded, unless it stands, a source holds it, or its successor is to come."""
        held = {digest for (lists,) in self.rows("SELECT lists FROM source") for digest in json.loads(lists)}
        superseded = self.rows(
            "SELECT id, tbs FROM crl WHERE current = 0 AND standing = 0 AND refused = '' AND slot IN"
            " (SELECT slot FROM crl WHERE current = 1 AND this_update <= ?)",
            (to_seconds(now),),
        )
        rows = [(row,) for row, digest in superseded if digest.hex() not in held]
        self.connection.executemany("DELETE FROM crl WHERE id = ?", rows)

    def _holds(self, crl: CertificateList, slot: bytes, *, archived: bool) -> bool:
        found = self.rows(
            "SELECT current FROM crl WHERE slot = ? AND tbs = ? AND refused = ''", (slot, crl.identity)
        )
        return bool(found) and (archived or bool(found[0][0]))


def _slot(crl: CertificateList, key: bytes) -> bytes:
    """Name the series of lists that succeed each other."""
    kind = b"delta" if crl.base_number is not None else b"complete"
    parts = (crl.issuer_name.comparable, key, describe_scope(crl).encode(), kind)
    return hashlib.sha256(b"".join(len(part).to_bytes(4, "big") + part for part in parts)).digest()


def _tells_more(
    aside: StoredList, this_update: datetime, buckets: Buckets, kept: tuple[StoredList, ...]
) -> bool:
    """Tell whether a list put aside revokes what neither the current list nor one kept beside it does."""
    if not aside.count:
        return False
    newer = aside.this_update >= this_update
    return (newer and omits_any(aside, buckets)) or omits_standing(aside, buckets, kept)


def _describe(number: int | None, this_update: datetime) -> str:
    return (
        f"{'no number' if number is None else f'number {number}'}, thisUpdate {format_instant(this_update)}"
    )


def _text(number: int | None) -> str | None:
    return None if number is None else str(number)
