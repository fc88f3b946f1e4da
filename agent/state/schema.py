"""The tables as they are in the newest version; `migrations` makes them."""

from sqlalchemy import BigInteger, Column, Integer, LargeBinary, MetaData, Table, Text

METADATA = MetaData()

VERSION = Table(
    "iki_version",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("version", Integer, nullable=False),
)
"""One row: the version of the schema."""

HEAD = Table(
    "iki_audit_head",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("sequence", BigInteger, nullable=False),
    Column("sha256", Text, nullable=False),
)
"""One row: the end of the chain. Who appends locks it."""

RECORD = Table(
    "iki_audit_record",
    METADATA,
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("content", LargeBinary, nullable=False),
    Column("time", BigInteger, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("requester", Text, nullable=False),
    Column("signer", Text),
    Column("certificate_sha256", Text),
)
"""The records: `content` is the line as the chain has it, the rest repeats of it what is looked for.

`time` is in seconds since 1970, UTC.
"""

HELD = Table(
    "iki_audit_held",
    METADATA,
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("decision", Text, nullable=False),
    Column("agent", Text, nullable=False),
)
"""Outputs that are held, and the agent on whose machine their temporary file is."""

ONLY_ROW = 1
"""The `id` of a table with one row."""
