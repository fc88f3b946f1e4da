"""The door to the record: what both stores, the file and the database, can do."""

from collections.abc import Iterator, Mapping
from dataclasses import field
from datetime import datetime
from typing import Protocol

from agent.audit.chain import AuditHead, AuditLine
from agent.audit.records import AuditRecord
from agent.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class UsageQuery:
    """Which uses of keys to count: `allowed` records after an instant, that match everything named here."""

    since: datetime
    """Exclusive."""
    signer: str | None = None
    """Name in the configuration; a record with `certificate_sha256` matches as well."""
    certificate_sha256: str | None = None
    requester: str | None = None
    """The requester's name."""

    def matches(self, line: AuditLine) -> bool:
        """Tell whether a record counts; the database says the same in SQL."""
        if line.text("outcome") != "allowed" or line.time <= self.since:
            return False
        if self.requester is not None and line.text("requester", "name") != self.requester:
            return False
        if self.signer is None:
            return True
        sha256 = line.text("certificate", "sha256")
        same_certificate = sha256 is not None and sha256 == self.certificate_sha256
        return same_certificate or line.text("signer") == self.signer


@dataclass(frozen=True, slots=True)
class AuditUsage:
    """What the end of the record tells: the newest of it, and how often keys were used."""

    newest: tuple[datetime, int] | None
    """Time and sequence of the record with the latest time; None while there is none."""
    counts: tuple[int, ...]
    """For each query, in order."""


class UsageGuard(Protocol):
    """What has the last word before a use of a key is recorded, in the same step as the recording."""

    def list_queries(self, at: datetime) -> tuple[UsageQuery, ...]:
        """List what is to be counted."""

    def decide(self, at: datetime, counts: tuple[int, ...]) -> None:
        """Return if the record may be written, given the counts; raise what refuses otherwise."""


@dataclass(frozen=True, slots=True)
class AuditSummary:
    """What a whole record amounts to."""

    count: int
    """Number of records."""
    head: AuditHead
    """Keep it where the writers cannot reach: it proves the record up to here."""
    held: tuple[int, ...] = ()
    """Numbers of the records whose output has not appeared, as far as can be told from here."""
    kept: Mapping[int, str] = field(default_factory=dict)
    """SHA-256 of the records that were asked for, by their numbers."""


class AuditStore(Protocol):
    """Where records are kept; one head, however many processes write."""

    @property
    def place(self) -> str:
        """Name the store for a person: a file, or a database without anything secret."""

    def ensure_writable(self) -> None:
        """See to it that `append` will work, and close decisions that were left open.

        Raises:
            AuditError: it would not work.

        """

    def append(self, record: AuditRecord, guard: UsageGuard | None = None) -> AuditLine:
        """Append one record; when this returns it is on disk.

        Raises:
            AuditError: it was not written; `in_doubt` when that is not known.
            IkiError: whatever `guard` raises; nothing is written then.

        """

    def count_usage(self, queries: tuple[UsageQuery, ...]) -> AuditUsage:
        """Count uses of keys; a store that is not there yet is empty.

        Raises:
            AuditError: it cannot be read, or its end is damaged.

        """

    def list_lines(self) -> Iterator[AuditLine]:
        """Yield every record from the first; each is parsed, the chain is not checked.

        Raises:
            AuditError: it cannot be read, or a line is none of ours.

        """

    def list_newest(self, count: int) -> tuple[AuditLine, ...]:
        """List the newest records, the oldest of them first; no others are read.

        Raises:
            AuditError: it cannot be read, or a line is none of ours.

        """

    def verify(self, *, keep: frozenset[int] = frozenset()) -> AuditSummary:
        """Verify every record, and the head; the summary has the hashes of those records that `keep` names.

        Raises:
            AuditDamagedError: `audit-damaged`; `line` is the first that is not as it was written.
            AuditError: it cannot be read.

        """

    def rotate(self) -> str | None:
        """Begin a new file; returns the name that the old one has now, None when there was nothing in it.

        Raises:
            AuditError: it could not, or the store has no files.

        """
