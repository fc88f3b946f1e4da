"""The record in a database: an `AuditStore` for any number of agents, with one head."""

import platform
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache

from sqlalchemy import Connection, delete, insert, select, update

from agent.audit.chain import AuditHead, AuditLine, build_line, parse_line
from agent.audit.door import AuditSummary, AuditUsage, UsageGuard, UsageQuery
from agent.audit.errors import AuditDamagedError
from agent.audit.held import HeldOutput, Standing, look_at, remove_left
from agent.audit.records import AuditRecord, Outcome
from agent.audit.verification import ChainWalk
from agent.config.state import StateSettings
from agent.errors import AuditError, UsageError
from agent.state.columns import REPEATED, count_uses, describe_columns
from agent.state.database import Database
from agent.state.schema import HEAD, HELD, RECORD

_ROWS = 500
"""How many records are fetched at a time."""


def _now() -> datetime:
    return datetime.now(UTC)


@lru_cache(maxsize=8)
def open_database(settings: StateSettings) -> "DatabaseAudit":
    """Open the record in a database, once in a process: its connections are kept.

    Raises:
        UsageError: `state-driver-missing`.

    """
    return DatabaseAudit(settings)


class DatabaseAudit:
    """The record in a database."""

    def __init__(self, settings: StateSettings, *, clock: Callable[[], datetime] = _now) -> None:
        """Name it; nothing is touched yet. `clock` gives the aware instant at which a record is written."""
        self._database = Database(settings)
        self._agent = settings.agent or platform.node() or "unnamed"
        self._clock = clock

    @property
    def place(self) -> str:
        """The database, without user or parameters."""
        return self._database.place

    def ensure_writable(self) -> None:
        """Take the head as `append` would, check it, and close decisions that were left open.

        Raises:
            AuditError: `state-…`, or `audit-damaged`.

        """
        with self._database.writing() as connection:
            _, left = self._settle(connection, self._take_head(connection))
        _remove(left)

    def append(self, record: AuditRecord, guard: UsageGuard | None = None) -> AuditLine:
        """Append one record; when this returns it is committed.

        Raises:
            AuditError: `state-…` when it cannot be written, `in_doubt` when that is not known.
            AuditDamagedError: the last record is not what the head says it is.
            IkiError: what `guard` raises.

        """
        line: AuditLine | None = None
        left: list[HeldOutput] = []
        try:
            with self._database.writing() as connection:
                head, left = self._settle(connection, self._take_head(connection))
                at = self._clock()
                if guard is not None:
                    counts = tuple(count_uses(connection, query) for query in guard.list_queries(at))
                    guard.decide(at, counts)
                line = build_line(replace(record, agent=self._agent), after=head, at=at)
                self._insert(connection, line)
        except AuditError as error:
            if line is None or not error.in_doubt or not self._is_there(line, error):
                raise
        _remove(left)
        return line

    def count_usage(self, queries: tuple[UsageQuery, ...]) -> AuditUsage:
        """Count uses of keys, and find the newest record.

        Raises:
            AuditError: `state-…`.

        """
        if not self._database.is_there:
            return AuditUsage(None, (0,) * len(queries))
        with self._database.reading(bounded=True) as connection:
            newest = connection.execute(
                select(RECORD.c.time, RECORD.c.sequence)
                .order_by(RECORD.c.time.desc(), RECORD.c.sequence)
                .limit(1)
            ).one_or_none()
            counts = tuple(count_uses(connection, query) for query in queries)
        found = (datetime.fromtimestamp(newest.time, UTC), newest.sequence) if newest else None
        return AuditUsage(found, counts)

    def list_lines(self) -> Iterator[AuditLine]:
        """Yield every record, as they were when the first was asked for.

        Raises:
            AuditDamagedError: a record is none of ours.
            AuditError: `state-…`.

        """
        self._require_file()
        with self._database.reading(bounded=False) as connection:
            for line, _ in self._walk(connection):
                yield line

    def list_newest(self, count: int) -> tuple[AuditLine, ...]:
        """List the newest records, the oldest of them first; raises as `list_lines`."""
        self._require_file()
        newest = select(RECORD.c.content).order_by(RECORD.c.sequence.desc()).limit(count)
        with self._database.reading(bounded=True) as connection:
            found = connection.execute(newest).scalars().all()
        return tuple(parse_line(content, path=self.place, number=1) for content in reversed(found))

    def verify(self, *, keep: frozenset[int] = frozenset()) -> AuditSummary:
        """Verify every record, what is looked for beside its content, and the head; raises AuditError."""
        self._require_file()
        walk = ChainWalk(self.place, keep=keep)
        with self._database.reading(bounded=False) as connection:
            for line, repeated in self._walk(connection):
                walk.step(line)
                if repeated != describe_columns(line):
                    raise AuditDamagedError(
                        self.place, line.sequence, "has columns that do not say what it says"
                    )
            row = connection.execute(select(HEAD.c.sequence, HEAD.c.sha256)).one_or_none()
            held = self._list_held(connection)
        if row is None or AuditHead(row.sequence, row.sha256) != walk.end:
            known = row.sequence if row else "no"
            raise AuditDamagedError(
                self.place, walk.end.sequence, f"is the last, and the head knows {known} records"
            )
        return AuditSummary(walk.end.sequence, walk.end, held, walk.kept)

    def _list_held(self, connection: Connection) -> tuple[int, ...]:
        """List the records whose output has not appeared; those of other agents cannot be looked at."""
        rows = connection.execute(
            select(HELD.c.sequence, HELD.c.agent, RECORD.c.content)
            .join(RECORD, HELD.c.sequence == RECORD.c.sequence)
            .order_by(HELD.c.sequence)
        ).all()
        found = []
        for row in rows:
            held = HeldOutput.find_in(parse_line(row.content, path=self.place, number=row.sequence))
            own = row.agent == self._agent
            if held is not None and not (own and look_at(held) is Standing.SETTLED):
                found.append(row.sequence)
        return tuple(found)

    def rotate(self) -> str | None:
        """Refuse: a database has no files.

        Raises:
            UsageError: `audit-not-a-file`.

        """
        raise UsageError(
            "audit-not-a-file",
            f"{self.place}: the record is in a database, and there is no file to begin anew",
            hint="`iki audit export` writes it to a file",
        )

    def _require_file(self) -> None:
        if not self._database.is_there:
            raise AuditError(
                "audit-unreadable",
                f"{self.place}: nothing is recorded yet",
                hint="it is made when a key is used",
            )

    def _take_head(self, connection: Connection) -> AuditHead:
        """Lock the head until the transaction ends, and check the last record against it."""
        row = connection.execute(select(HEAD.c.sequence, HEAD.c.sha256).with_for_update()).one_or_none()
        if row is None:
            raise AuditDamagedError(self.place, None, "its head is missing")
        head = AuditHead(row.sequence, row.sha256)
        last = connection.execute(
            select(RECORD.c.content).where(RECORD.c.sequence == head.sequence)
        ).scalar_one_or_none()
        if head.sequence and last is None:
            raise AuditDamagedError(self.place, head.sequence, "is missing; the head knows it")
        if last is not None and parse_line(last, path=self.place, number=head.sequence).head != head:
            raise AuditDamagedError(self.place, head.sequence, "is not what the head says it was")
        return head

    def _settle(self, connection: Connection, head: AuditHead) -> tuple[AuditHead, list[HeldOutput]]:
        """Look what became of what this agent holds; returns the new head, and what was closed."""
        found = connection.execute(
            select(RECORD.c.content)
            .join(HELD, HELD.c.sequence == RECORD.c.sequence)
            .where(HELD.c.agent == self._agent)
            .order_by(RECORD.c.sequence)
        ).scalars()
        left = []
        for content in found.all():
            held = HeldOutput.find_in(parse_line(content, path=self.place, number=head.sequence))
            if held is None:
                continue
            standing = look_at(held)
            if standing is Standing.SETTLED:
                connection.execute(delete(HELD).where(HELD.c.sequence == held.sequence))
            elif standing is Standing.LEFT:
                line = build_line(held.build_closing(self._agent), after=head, at=self._clock())
                self._insert(connection, line)
                head = line.head
                left.append(held)
        return head, left

    def _insert(self, connection: Connection, line: AuditLine) -> None:
        """Insert a record, make it the head, and note what it holds, or closes."""
        values = {"sequence": line.sequence, "content": line.content} | describe_columns(line)
        connection.execute(insert(RECORD).values(values))
        connection.execute(update(HEAD).values(sequence=line.sequence, sha256=line.head.sha256))
        members = line.members
        if members.get("outcome") == Outcome.NOT_RELEASED:
            connection.execute(delete(HELD).where(HELD.c.decision == members.get("decision", "")))
        held = HeldOutput.find_in(line)
        if held is not None:
            row = {"sequence": line.sequence, "decision": held.decision, "agent": self._agent}
            connection.execute(insert(HELD).values(row))

    def _is_there(self, line: AuditLine, error: AuditError) -> bool:
        """Find out whether a commit without an answer was done.

        The lock on the head is waited for: a transaction that is still being committed has it.

        Raises:
            AuditError: it cannot be found out, and stays in doubt.

        """
        try:
            with self._database.writing() as connection:
                connection.execute(select(HEAD.c.sequence).with_for_update()).one_or_none()
                found = connection.execute(
                    select(RECORD.c.content).where(RECORD.c.sequence == line.sequence)
                ).scalar_one_or_none()
        except AuditError:
            raise error from None
        error.in_doubt = False
        return found == line.content

    def _walk(self, connection: Connection) -> Iterator[tuple[AuditLine, dict[str, object]]]:
        """Yield every record in order, with the columns beside its content."""
        streaming = connection.execution_options(stream_results=True, yield_per=_ROWS)
        number = 1
        for row in streaming.execute(select(RECORD).order_by(RECORD.c.sequence)):
            line = parse_line(row.content, path=self.place, number=number)
            if line.sequence != row.sequence:
                raise AuditDamagedError(self.place, number, f"is kept as record {row.sequence}")
            repeated = {name: row._mapping[name] for name in REPEATED}  # noqa: SLF001 - its public way
            yield line, repeated
            number += 1


def _remove(left: list[HeldOutput]) -> None:
    """Remove temporary files whose decisions are closed, and committed."""
    for held in left:
        remove_left(held)
