"""Where decisions are recorded: `[audit]`, and `[state]` for a database that several agents share."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Annotated
from urllib.parse import parse_qsl

import msgspec

from agent.config.paths import resolve_path
from agent.config.tables import invalid
from agent.dataclass import dataclass

_LEAVE_OUT = "leave it out: PostgreSQL reads it from ~/.pgpass or a service file; a socket needs none"
_SECRETS = {"password", "sslpassword", "oauth_client_secret"}
_AGENT_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_SQLITE = "sqlite:///"
# As libpq reads it (its conninfo_uri_parse_options): whatever comes before the last "@" of the authority is
# user and password, "?" and "#" too.
_HOST = r"(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._%-]*)(?::[0-9]+)?"
_SERVER = re.compile(
    rf"postgres(?:ql)?://(?:(?P<user>[^/]*)@)?(?P<host>{_HOST}(?:,{_HOST})*)(?P<path>/[^/?#@:]*)?(?:\?[^#]*)?"
)


class RawAudit(msgspec.Struct, forbid_unknown_fields=True):
    """`[audit]`."""

    path: str | None = None
    rotate_bytes: Annotated[int, msgspec.Meta(ge=4096, le=2**53)] | None = None
    rotate_days: Annotated[int, msgspec.Meta(ge=1, le=36_500)] | None = None


class RawState(msgspec.Struct, forbid_unknown_fields=True):
    """`[state]`."""

    database: str
    agent: str | None = None
    timeout_seconds: Annotated[int, msgspec.Meta(ge=1, le=3600)] = 10


@dataclass(frozen=True, slots=True)
class PostgreSQLDatabase:
    """A database on a server."""

    url: str
    """A connection URI as libpq reads it, without a password."""
    place: str
    """The same without user and parameters, for messages."""


@dataclass(frozen=True, slots=True)
class SQLiteDatabase:
    """A database in a file."""

    path: Path

    @property
    def place(self) -> str:
        """The file, for messages."""
        return str(self.path)


@dataclass(frozen=True, slots=True)
class StateSettings:
    """`[state]`."""

    database: PostgreSQLDatabase | SQLiteDatabase
    agent: str | None = None
    """This agent's name among those that share the database; None means the host's name."""
    timeout_seconds: int = 10
    """For connecting, and for each statement."""


@dataclass(frozen=True, slots=True)
class AuditSettings:
    """`[audit]` and `[state]`: the file, or the database, never both."""

    path: Path | None = None
    """None means the user's state folder, which only the service knows."""
    rotate_bytes: int | None = None
    rotate_age: timedelta | None = None
    state: StateSettings | None = None


def build_audit_settings(
    audit: RawAudit | None, state: RawState | None, *, folder: Path, where: str
) -> AuditSettings:
    """Build where decisions are recorded.

    Raises:
        UsageError: `configuration-invalid`.

    """
    if state is not None:
        if audit is not None:
            raise invalid(
                where,
                "audit",
                "is there, and state.database too: decisions are recorded in one place",
                hint="remove one of the two tables",
            )
        return AuditSettings(state=_build_state(state, folder=folder, where=where))
    if audit is None:
        return AuditSettings()
    age = None if audit.rotate_days is None else timedelta(days=audit.rotate_days)
    path = None
    if audit.path is not None:
        path = resolve_path(audit.path, folder=folder, where=where, key="audit.path")
    return AuditSettings(path, audit.rotate_bytes, age)


def _build_state(raw: RawState, *, folder: Path, where: str) -> StateSettings:
    if raw.agent is not None and not _AGENT_NAME.fullmatch(raw.agent):
        raise invalid(where, "state.agent", "expected 1 to 64 letters, digits, dots, hyphens or underscores")
    database: PostgreSQLDatabase | SQLiteDatabase
    if raw.database.startswith(_SQLITE):
        text = raw.database.removeprefix(_SQLITE)
        database = SQLiteDatabase(resolve_path(text, folder=folder, where=where, key="state.database"))
    else:
        database = _build_postgresql(raw.database, where=where)
    return StateSettings(database, raw.agent, raw.timeout_seconds)


def _build_postgresql(url: str, *, where: str) -> PostgreSQLDatabase:
    """Build a server's database; the text is never repeated, it may hold a password."""
    key = "state.database"
    expected = 'expected "postgresql://…" or "sqlite:///…"'
    if not url.isprintable() or " " in url:
        raise invalid(where, key, expected)
    match = _SERVER.fullmatch(url)
    if match is None:
        raise invalid(where, key, expected)
    parameters = {name.lower() for name, _ in parse_qsl(url.partition("?")[2], keep_blank_values=True)}
    if ":" in (match["user"] or "") or parameters & _SECRETS:
        raise invalid(where, key, "carries a password", hint=_LEAVE_OUT)
    return PostgreSQLDatabase(url, f"postgresql://{match['host']}{match['path'] or ''}")
