"""Migrations: numbered, in order, each as it was when it was written; a newer schema than known is refused.

They run by themselves, in one transaction, when a database is first used: one that is empty is made, one of
an older version is brought up to date.
"""

from collections.abc import Callable

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    func,
    insert,
    inspect,
    select,
    update,
)

from agent.state.errors import newer_schema
from agent.state.schema import ONLY_ROW, VERSION

_LOCK = 0x696B6900
"""What PostgreSQL locks while the schema is changed: `iki` in ASCII."""


def _make_chain(connection: Connection) -> None:
    """Make the version, the head and the records."""
    tables = MetaData()
    Table(
        "iki_version",
        tables,
        Column("id", Integer, primary_key=True),
        Column("version", Integer, nullable=False),
    )
    head = Table(
        "iki_audit_head",
        tables,
        Column("id", Integer, primary_key=True),
        Column("sequence", BigInteger, nullable=False),
        Column("sha256", Text, nullable=False),
    )
    record = Table(
        "iki_audit_record",
        tables,
        Column("sequence", BigInteger, primary_key=True, autoincrement=False),
        Column("content", LargeBinary, nullable=False),
        Column("time", BigInteger, nullable=False),
        Column("outcome", Text, nullable=False),
        Column("requester", Text, nullable=False),
        Column("signer", Text),
        Column("certificate_sha256", Text),
    )
    Index("iki_audit_record_time", record.c.time)
    tables.create_all(connection, checkfirst=False)
    connection.execute(insert(head).values(id=ONLY_ROW, sequence=0, sha256="0" * 64))
    connection.execute(insert(VERSION).values(id=ONLY_ROW, version=1))


def _make_held_and_usage(connection: Connection) -> None:
    """Make the table of outputs that are held, and what quotas are counted by."""
    tables = MetaData()
    Table(
        "iki_audit_held",
        tables,
        Column("sequence", BigInteger, primary_key=True, autoincrement=False),
        Column("decision", Text, nullable=False),
        Column("agent", Text, nullable=False),
    ).create(connection)
    record = Table("iki_audit_record", tables, autoload_with=connection)
    for name in ("signer", "certificate_sha256", "requester"):
        Index(f"iki_audit_record_{name}", record.c[name], record.c.time).create(connection)


MIGRATIONS: tuple[Callable[[Connection], None], ...] = (_make_chain, _make_held_and_usage)
"""The first makes version 1, and so on."""


def read_version(connection: Connection) -> int:
    """Read the version of the schema; 0 for a database without one."""
    if not inspect(connection).has_table(VERSION.name):
        return 0
    version: int = connection.execute(select(VERSION.c.version)).scalar_one()
    return version


def migrate(connection: Connection, place: str, *, to: int = len(MIGRATIONS)) -> None:
    """Bring the schema up to date, in the caller's transaction.

    Raises:
        AuditError: `state-newer`.

    """
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
    version = read_version(connection)
    check_version(version, place)
    for number in range(version, to):
        MIGRATIONS[number](connection)
        connection.execute(update(VERSION).values(version=number + 1))


def check_version(version: int, place: str) -> None:
    """Refuse a schema that is newer than this program.

    Raises:
        AuditError: `state-newer`.

    """
    if version > len(MIGRATIONS):
        raise newer_schema(place, version, len(MIGRATIONS))
