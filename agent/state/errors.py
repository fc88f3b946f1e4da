"""What can go wrong with a database, in one line; nothing of the connection's secrets is in it."""

import sqlite3

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from agent.errors import AuditError, UsageError

_UNREACHABLE = "see that the server runs and lets this user in; without its record nothing is signed"
_UNWRITABLE = "make room, or give this user the right to write; without its record nothing is signed"
_BUSY = "another agent holds it: try again, or raise [state] timeout_seconds"
_DAMAGED = "keep it as evidence; another [state] database starts a new record"

_BY_SQLSTATE = {
    "57014": ("state-busy", _BUSY),  # statement_timeout
    "55P03": ("state-busy", _BUSY),  # lock_timeout
    "40P01": ("state-busy", _BUSY),  # deadlock
    "53": ("state-unwritable", _UNWRITABLE),  # disk full, out of memory, too many connections
    "25": ("state-unwritable", _UNWRITABLE),  # read-only transaction
    "42501": ("state-unwritable", _UNWRITABLE),  # insufficient privilege
    "54": ("state-unwritable", _UNWRITABLE),
    "58": ("state-unwritable", _UNWRITABLE),  # the server's disk
    "XX": ("state-damaged", _DAMAGED),
    "42": ("state-damaged", "somebody changed its tables; " + _DAMAGED),
    "23": ("state-damaged", "somebody wrote to its tables; " + _DAMAGED),
}
"""By SQLSTATE or its class (PostgreSQL appendix A); any other, or none, is a connection that failed."""

_BY_SQLITE_NAME = {
    "SQLITE_BUSY": ("state-busy", _BUSY),
    "SQLITE_LOCKED": ("state-busy", _BUSY),
    "SQLITE_CORRUPT": ("state-damaged", _DAMAGED),
    "SQLITE_NOTADB": ("state-damaged", _DAMAGED),
    "SQLITE_CONSTRAINT": ("state-damaged", "somebody wrote to its tables; " + _DAMAGED),
    "SQLITE_ERROR": ("state-damaged", "somebody changed its tables; " + _DAMAGED),
}
"""By result code (sqlite.org/rescode.html); any other is a file that cannot be written."""


def translate(error: SQLAlchemyError, place: str, *, in_doubt: bool = False) -> AuditError:
    """Build our error for one of the database's."""
    orig = error.orig if isinstance(error, DBAPIError) else error
    code, hint = _classify(orig)
    text = " ".join(str(orig).split("\n", 1)[0].split()) or type(orig).__name__
    doubt = ", and whether the record is there is not known" if in_doubt else ""
    return AuditError(code, f"{place}: the database: {text}{doubt}", hint=hint, in_doubt=in_doubt)


def newer_schema(place: str, found: int, known: int) -> AuditError:
    """Build the error for a database that a newer version has migrated."""
    return AuditError(
        "state-newer",
        f"{place}: its schema is version {found}, and this iki knows {known}",
        hint="a newer iki has migrated it: install that version here too",
    )


def driver_missing(place: str) -> UsageError:
    """Build the error for PostgreSQL without its driver."""
    return UsageError(
        "state-driver-missing",
        f"{place}: the driver for PostgreSQL is not installed",
        hint="install the extra: pip install 'iki-agent[postgresql]'",
    )


def unusable_file(place: str, error: OSError) -> AuditError:
    """Build the error for a file of SQLite that the operating system does not let us have."""
    return AuditError(
        "state-unwritable",
        f"{place}: the database: {error.strerror or error}",
        hint="without its record nothing is signed; set state.database to a file that this user may write",
    )


def _classify(orig: BaseException | None) -> tuple[str, str]:
    if isinstance(orig, sqlite3.Error):
        name = getattr(orig, "sqlite_errorname", None) or "SQLITE_ERROR"
        primary = "_".join(name.split("_")[:2])
        return _BY_SQLITE_NAME.get(primary, ("state-unwritable", _UNWRITABLE))
    state = getattr(orig, "sqlstate", None) or ""
    unreachable = ("state-unreachable", _UNREACHABLE)
    return _BY_SQLSTATE.get(state) or _BY_SQLSTATE.get(state[:2]) or unreachable
