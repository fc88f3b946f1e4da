"""The store's file: an SQLite database with a versioned schema, shared by any number of processes."""

import os
import secrets
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from agent.errors import UsageError
from agent.service.appearing import PRIVATE, appear, sync_folder
from agent.service.crls.errors import store_unusable

_APPLICATION_ID: Final = 0x494B4943
_VERSION: Final = 3
DAMAGE: Final = (sqlite3.Error, ValueError, KeyError, TypeError, OverflowError)
"""What a damaged store raises when it is read."""
_WAIT_SECONDS: Final = 60.0
# The pages that lead to the buckets of a million entries stay in it, and it is soon full: a page is then read
# into memory that was used before, while memory new to the process costs page faults, dearer than the lookup.
_CACHE_KIBIBYTES: Final = 512
# One page of the system's: a bucket is found by reading little, in less than twice the time of a list of ten.
_PAGE_OCTETS: Final = 4 * 1024
_SCHEMA: Final = """
CREATE TABLE crl (
    id INTEGER PRIMARY KEY AUTOINCREMENT,  -- never that of a list that was deleted
    sha256 BLOB NOT NULL,
    tbs BLOB NOT NULL,           -- SHA-256 of the TBSCertList: the list, whatever its signature octets
    slot BLOB NOT NULL,          -- issuer, key, scope, delta or not: lists that succeed each other
    current INTEGER NOT NULL,    -- the newest of its slot
    standing INTEGER NOT NULL,   -- superseded, and kept for a permanent revocation that its successor omits
    refused TEXT NOT NULL,       -- why it was put aside, to revoke and never to vouch; else empty
    issuer BLOB NOT NULL,        -- Name, DER
    number TEXT,                 -- decimal; up to 20 octets do not fit an INTEGER
    base_number TEXT,
    this_update INTEGER NOT NULL,
    next_update INTEGER,
    scope TEXT NOT NULL,         -- JSON
    unknown_critical TEXT NOT NULL,
    signer BLOB NOT NULL,        -- SHA-256 of the SubjectPublicKeyInfo that verified it
    entries INTEGER NOT NULL,
    buckets INTEGER NOT NULL,
    place TEXT NOT NULL,
    ingested INTEGER NOT NULL
);
CREATE UNIQUE INDEX crl_list ON crl (slot, tbs);
CREATE UNIQUE INDEX crl_current ON crl (slot) WHERE current = 1;
CREATE TABLE document (crl INTEGER PRIMARY KEY REFERENCES crl ON DELETE CASCADE, der BLOB NOT NULL);
CREATE TABLE section (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    crl INTEGER NOT NULL REFERENCES crl ON DELETE CASCADE,
    name BLOB NOT NULL           -- whose certificates its entries are of
);
CREATE UNIQUE INDEX section_place ON section (crl, name);
CREATE TABLE bucket (
    place INTEGER PRIMARY KEY,   -- 65536 * section + number: found without an index beside the table
    entries BLOB NOT NULL
);
CREATE TRIGGER section_gone AFTER DELETE ON section BEGIN
    DELETE FROM bucket WHERE place >= old.id * 65536 AND place < (old.id + 1) * 65536; END;
CREATE TABLE source (
    place TEXT PRIMARY KEY,      -- absolute path, or URL
    stamp TEXT NOT NULL,         -- what stat says of a file; validators of a URL, JSON
    sha256 BLOB,                 -- of the octets read
    lists TEXT NOT NULL,         -- `tbs` (hex) of the lists in it that were let in, JSON
    code TEXT NOT NULL,          -- outcome of the last try; empty when good
    message TEXT NOT NULL,
    checked INTEGER NOT NULL,
    failures INTEGER NOT NULL    -- tries in a row that failed
);
CREATE TABLE incident (
    sha256 BLOB NOT NULL,        -- of the list refused
    code TEXT NOT NULL,
    message TEXT NOT NULL,
    place TEXT NOT NULL,
    seen INTEGER NOT NULL,
    PRIMARY KEY (sha256, code)
);
"""


class StoreFile:
    """The store's file, open; one thread, any number of processes."""

    def __init__(self, path: Path) -> None:
        """Open the store, making it when it is not there.

        Raises:
            UsageError: `crl-store-unusable`.

        """
        self.path = path
        self.connection = _open_database(path)
        self._depth = 0

    def __enter__(self) -> Self:
        """Keep the store open for a block."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Close it."""
        self.close()

    def close(self) -> None:
        """Close the store; lists read from it answer no more."""
        with suppress(sqlite3.Error):
            self.connection.close()

    def rows(self, statement: str, values: tuple[object, ...] = ()) -> list[Any]:
        """Read rows.

        Raises:
            UsageError: `crl-store-unusable`.

        """
        try:
            return self.connection.execute(statement, values).fetchall()
        except DAMAGE as error:
            raise store_unusable(self.path, error) from error

    def write(self, statement: str, values: tuple[object, ...]) -> None:
        """Write by one statement.

        Raises:
            UsageError: `crl-store-unusable`.

        """
        with self.writing():
            self.connection.execute(statement, values)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the one write transaction: all of it is done, or nothing; a snapshot held for reading ends.

        A block inside of a block is part of it.

        Raises:
            UsageError: `crl-store-unusable`.

        """
        if self._depth:
            yield
            return
        self._depth = 1
        try:
            if self.connection.in_transaction:
                self.connection.execute("COMMIT")
            with _writing(self.connection):
                yield
        except DAMAGE as error:
            raise store_unusable(self.path, error) from error
        finally:
            self._depth = 0


def _open_database(path: Path) -> sqlite3.Connection:
    """Open the store, making it when it is not there; only its owner may read it.

    Raises:
        UsageError: `crl-store-unusable`.

    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists():
            _make(path)
        _check_memory(path)
        return _connect(path)
    except (OSError, ValueError, sqlite3.Error) as error:
        raise store_unusable(path, error) from error


def _make(path: Path) -> None:
    """Make a store under another name and let it appear whole: what is there is never half a store.

    Raises:
        OSError, sqlite3.Error: it cannot be made.

    """
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.new")
    try:
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_RDWR, PRIVATE))
        connection = sqlite3.connect(part, timeout=_WAIT_SECONDS, isolation_level=None)
        with closing(connection):
            connection.execute(f"PRAGMA page_size = {_PAGE_OCTETS}")
            with _writing(connection):
                for statement in _SCHEMA.split(";\n"):
                    connection.execute(statement)
                connection.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
                connection.execute(f"PRAGMA user_version = {_VERSION}")
            # Kept in the file: readers are never held up by a writer.
            connection.execute("PRAGMA journal_mode = WAL")
        with suppress(UsageError):  # somebody else's appeared meanwhile: that one, then
            appear(part, path)
        sync_folder(path.parent)
    finally:
        for leftover in (part, *(part.with_name(part.name + end) for end in ("-wal", "-shm", "-journal"))):
            leftover.unlink(missing_ok=True)


def _check_memory(path: Path) -> None:
    """Refuse what is there and is no store: sqlite3 would take an empty file for a new one.

    Raises:
        UsageError: `crl-store-unusable`.

    """
    found = path.stat()
    if not stat.S_ISREG(found.st_mode):
        raise store_unusable(path, "it is not a regular file")
    if found.st_size == 0:
        raise store_unusable(path, "it is empty, and what it had seen is gone")


def _connect(path: Path) -> sqlite3.Connection:
    """Connect to a store that is there.

    Raises:
        UsageError: `crl-store-unusable`: it is another program's, or of another version.
        sqlite3.Error: it cannot be read.

    """
    connection = sqlite3.connect(path, timeout=_WAIT_SECONDS, isolation_level=None)
    try:
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute(f"PRAGMA cache_size = -{_CACHE_KIBIBYTES}")
        # FULL: what was seen once must not be forgotten in a power failure, or an older list could come back.
        connection.execute("PRAGMA synchronous = FULL")
        _check_version(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection


def _check_version(connection: sqlite3.Connection, path: Path) -> None:
    if _version(connection) != (_APPLICATION_ID, _VERSION):
        raise store_unusable(path, "it is of another program or version")


def _version(connection: sqlite3.Connection) -> tuple[int, int]:
    """Read whose file it is, and of which version."""
    application, version = (
        connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version")
    )
    return application, version


@contextmanager
def _writing(connection: sqlite3.Connection) -> Iterator[None]:
    """Hold the one write transaction: all of it is done, or nothing."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        with suppress(sqlite3.Error):
            connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")
