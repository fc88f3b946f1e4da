"""The register of the store: what became of each source, and which lists were refused."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime

from agent.dataclass import dataclass
from agent.service.crls.database import StoreFile


@dataclass(frozen=True, slots=True)
class SourceRecord:
    """What is remembered of a file or URL."""

    place: str
    stamp: str
    """What changes when the source does: what stat says of a file, a URL's validators."""
    sha256: bytes | None
    """Of the octets read last."""
    lists: tuple[str, ...]
    """TBSCertLists (SHA-256, hex) of the lists in it that were let in."""
    code: str
    """Outcome of the last try; empty when it was good."""
    message: str
    checked: datetime
    failures: int = 0
    """Tries in a row that failed."""


@dataclass(frozen=True, slots=True)
class Incident:
    """A list that was refused, and why."""

    sha256: str
    code: str
    """`crl-rollback` or `crl-fork`."""
    message: str
    place: str
    seen: datetime


class SourceRegister(StoreFile):
    """Sources and incidents."""

    def find_source(self, place: str) -> SourceRecord | None:
        """Find what is remembered of a source; None when it was never tried.

        Raises:
            UsageError: `crl-store-unusable`.

        """
        return next((source for source in self.list_sources() if source.place == place), None)

    def list_sources(self) -> tuple[SourceRecord, ...]:
        """List every source that was tried.

        Raises:
            UsageError: `crl-store-unusable`.

        """
        return tuple(
            SourceRecord(
                row[0], row[1], row[2], tuple(json.loads(row[3])), row[4], row[5], to_instant(row[6]), row[7]
            )
            for row in self.rows("SELECT * FROM source ORDER BY place")
        )

    def record_source(self, source: SourceRecord) -> None:
        """Remember the outcome of a try.

        Raises:
            UsageError: `crl-store-unusable`.

        """
        self.write(
            "INSERT OR REPLACE INTO source VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                source.place,
                source.stamp,
                source.sha256,
                json.dumps(source.lists),
                source.code,
                source.message,
                to_seconds(source.checked),
                source.failures,
            ),
        )

    def forget_sources(self, places: Iterable[str]) -> None:
        """Forget sources that are no more; their lists stay as long as they are current.

        Raises:
            UsageError: `crl-store-unusable`.

        """
        for place in places:
            self.write("DELETE FROM source WHERE place = ?", (place,))

    def list_incidents(self) -> tuple[Incident, ...]:
        """List the lists refused for a rollback or fork, the oldest first.

        Raises:
            UsageError: `crl-store-unusable`.

        """
        rows = self.rows("SELECT sha256, code, message, place, seen FROM incident ORDER BY seen")
        return tuple(Incident(row[0].hex(), row[1], row[2], row[3], to_instant(row[4])) for row in rows)

    def record_incident(self, incident: Incident) -> None:
        """Remember a list that was refused; once is enough.

        Raises:
            UsageError: `crl-store-unusable`.

        """
        self.write(
            "INSERT OR IGNORE INTO incident VALUES (?, ?, ?, ?, ?)",
            (
                bytes.fromhex(incident.sha256),
                incident.code,
                incident.message,
                incident.place,
                to_seconds(incident.seen),
            ),
        )


def to_seconds(instant: datetime) -> int:
    """Write an instant as the store keeps it: whole seconds since 1970, UTC."""
    return int(instant.timestamp())


def to_instant(seconds: int) -> datetime:
    """Read an instant of the store."""
    return datetime.fromtimestamp(seconds, UTC)
