"""Where a test's records are: one text for every kind of store, which another process can be given."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, text

from agent.audit.door import AuditStore
from agent.audit.log import AuditLog
from agent.config.state import PostgreSQLDatabase, SQLiteDatabase, StateSettings
from agent.state.audit import DatabaseAudit

_SQLITE = "sqlite:///"


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Place:
    """A store of records."""

    url: str

    def settings(self, agent: str = "agent-1", seconds: int = 10) -> StateSettings:
        """Build the configuration of a database."""
        if self.url.startswith(_SQLITE):
            database: SQLiteDatabase | PostgreSQLDatabase = SQLiteDatabase(
                Path(self.url.removeprefix(_SQLITE))
            )
        else:
            database = PostgreSQLDatabase(self.url, self.url.partition("?")[0])
        return StateSettings(database, agent, seconds)

    def open(
        self, agent: str = "agent-1", *, seconds: int = 10, clock: Callable[[], datetime] = _now
    ) -> AuditStore:
        """Open the store."""
        if "://" in self.url:
            return DatabaseAudit(self.settings(agent, seconds), clock=clock)
        return AuditLog(Path(self.url), clock=clock, lock_seconds=seconds)

    def execute(self, statement: str, **values: Any) -> list[Any]:
        """Do something to a database behind our back."""
        url = self.url.replace("postgresql:", "postgresql+psycopg:")
        engine = create_engine(url)
        with engine.begin() as connection:
            result = connection.execute(text(statement), values)
            rows = list(result) if result.returns_rows else []
        engine.dispose()
        return rows
