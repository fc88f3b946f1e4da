"""One database: its connections, its transactions, and their ends."""

import os
import socket
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import QueuePool

from agent.config.state import PostgreSQLDatabase, SQLiteDatabase, StateSettings
from agent.state.errors import driver_missing, translate, unusable_file
from agent.state.migrations import MIGRATIONS, check_version, migrate, read_version

_WRITING = "iki_writing"
_GRACE = 5
"""Seconds that the server's own timeouts get before the client cuts the connection."""
_LONGEST_IDLE = 30
"""Seconds between two statements of one transaction, on a busy machine."""
_CONNECTIONS = 4


class Database:
    """A database that is opened at its first use, and made or migrated then."""

    def __init__(self, settings: StateSettings) -> None:
        """Name it; nothing is touched yet.

        Raises:
            UsageError: `state-driver-missing`.

        """
        self.place = settings.database.place
        self._settings = settings
        self._ready = False
        self._engine = _build_engine(settings)
        self._on_server = isinstance(settings.database, PostgreSQLDatabase)

    @property
    def is_there(self) -> bool:
        """Whether it can be asked without making it: a file that is not there is not made by reading."""
        database = self._settings.database
        return not isinstance(database, SQLiteDatabase) or database.path.exists()

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Open a transaction that writes; it is committed, on disk, when the block is left without an error.

        Raises:
            AuditError: `in_doubt` when it is not known whether the commit was done.

        """
        database = self._settings.database
        if isinstance(database, SQLiteDatabase):
            _make_private(database)
        with self._translating(), self._connect(writing=True) as connection, self._bounding(connection):
            if not self._ready:
                migrate(connection, self.place)
            yield connection
            self._commit(connection)
            self._ready = True

    @contextmanager
    def reading(self, *, bounded: bool) -> Iterator[Connection]:
        """Open a transaction that sees one state of the database throughout.

        Args:
            bounded: whether it may take no longer than a writing one.

        Raises:
            AuditError: it cannot be read, or its schema is not of this version.

        """
        if not self._ready:
            self._bring_up_to_date()
        with self._translating(), self._connect(writing=False) as connection:
            if not bounded:
                yield connection
                return
            with self._bounding(connection):
                yield connection

    def _bring_up_to_date(self) -> None:
        """Make or migrate the schema; who may only read finds it up to date."""
        with self._translating(), self._connect(writing=False) as connection:
            version = read_version(connection)
        check_version(version, self.place)
        if version == len(MIGRATIONS):
            self._ready = True
            return
        with self.writing():
            pass

    @contextmanager
    def _connect(self, *, writing: bool) -> Iterator[Connection]:
        options: dict[str, Any] = {_WRITING: writing}
        if self._on_server:
            options["isolation_level"] = "READ COMMITTED" if writing else "REPEATABLE READ"
        try:
            connection = self._open(options)
        except SQLAlchemyError as error:
            if not getattr(error, "connection_invalidated", False):
                raise
            connection = self._open(options)  # the one that was kept had been closed by the server
        with connection:
            yield connection

    def _open(self, options: dict[str, Any]) -> Connection:
        """Take a connection that answers."""
        connection = self._engine.connect().execution_options(**options)
        try:
            if self._on_server:
                with self._bounding(connection):
                    connection.exec_driver_sql("SELECT 1")
        except BaseException:
            connection.close()
            raise
        return connection

    @contextmanager
    def _translating(self) -> Iterator[None]:
        try:
            yield
        except SQLAlchemyError as error:
            raise translate(error, self.place) from error

    def _commit(self, connection: Connection) -> None:
        try:
            connection.commit()
        except SQLAlchemyError as error:
            # Whatever it says: the server may have done it before the answer was lost.
            raise translate(error, self.place, in_doubt=True) from error

    @contextmanager
    def _bounding(self, connection: Connection) -> Iterator[None]:
        """Cut a connection whose server does not answer at all; its own timeouts come first."""
        if not self._on_server:
            yield
            return
        found: Any = connection.connection.driver_connection
        descriptor = os.dup(found.pgconn.socket)
        timer = threading.Timer(self._settings.timeout_seconds + _GRACE, _cut, [descriptor])
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            timer.join()
            os.close(descriptor)


def _build_engine(settings: StateSettings) -> Engine:
    database = settings.database
    if isinstance(database, SQLiteDatabase):
        engine = create_engine(
            "sqlite://",
            creator=lambda: _connect_sqlite(database, settings.timeout_seconds),
            poolclass=QueuePool,
            pool_size=1,
            max_overflow=_CONNECTIONS,
        )
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    try:
        import psycopg  # noqa: F401, PLC0415 - an extra, and SQLite does without
    except ImportError as error:
        raise driver_missing(database.place) from error
    return create_engine(
        "postgresql+psycopg://",
        creator=lambda: _connect_postgresql(database, settings.timeout_seconds),
        pool_size=1,
        max_overflow=_CONNECTIONS,
    )


def _connect_sqlite(database: SQLiteDatabase, seconds: int) -> sqlite3.Connection:
    connection = sqlite3.connect(
        database.path, timeout=seconds, isolation_level=None, check_same_thread=False
    )
    with closing(connection.cursor()) as cursor:
        # What was committed is on disk, and stays there when the machine stops.
        cursor.execute("PRAGMA synchronous = FULL")
        # Who reads does not keep others from writing; where it cannot be changed, it stays as it is.
        with suppress(sqlite3.OperationalError):
            cursor.execute("PRAGMA journal_mode = WAL")
    return connection


def _begin_sqlite(connection: Connection) -> None:
    writing = connection.get_execution_options().get(_WRITING)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


def _connect_postgresql(database: PostgreSQLDatabase, seconds: int) -> Any:
    import psycopg  # noqa: PLC0415 - as above

    connection = psycopg.connect(
        database.url, connect_timeout=max(seconds, 2), fallback_application_name="iki"
    )
    # Whoever holds the head keeps all agents waiting: one that hangs meanwhile loses it.
    idle = max(seconds, _LONGEST_IDLE)
    limits = {"statement_timeout": seconds, "lock_timeout": seconds}
    limits["idle_in_transaction_session_timeout"] = idle
    with connection.cursor() as cursor:
        for name, limit in limits.items():
            cursor.execute("SELECT set_config(%s, %s, false)", (name, str(limit * 1000)))
        # A commit that returns is on disk, whatever the server's default; a stronger one is left as it is.
        cursor.execute(
            "SELECT set_config('synchronous_commit', 'on', false)"
            " WHERE current_setting('synchronous_commit') IN ('off', 'local')"
        )
    connection.commit()
    return connection


def _make_private(database: SQLiteDatabase) -> None:
    """Make the file, for its owner alone."""
    try:
        database.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(database.path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise unusable_file(database.place, error) from error


def _cut(descriptor: int) -> None:
    """Shut a connection down: whoever waits for an answer on it gets an end."""
    with suppress(OSError), closing(socket.socket(fileno=os.dup(descriptor))) as connection:
        connection.shutdown(socket.SHUT_RDWR)
