"""The record in a database: one chain, one head, whoever writes; and what verification finds."""

import hashlib
import json
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from agent.audit.chain import AuditHead
from agent.audit.door import AuditUsage, UsageQuery
from agent.audit.errors import AuditDamagedError
from agent.audit.records import CertificateReference, Outcome, Requester
from agent.errors import AuditError, UsageError
from tests.audit.samples import RECORD
from tests.state.places import Place

NOON = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)
_SECOND = timedelta(seconds=1)

APPENDER = """
import sys
from dataclasses import replace
from agent.audit.records import Requester
from tests.audit.samples import RECORD
from tests.state.places import Place
store = Place(sys.argv[1]).open(sys.argv[2], seconds=60)
for number in range(int(sys.argv[3])):
    store.append(replace(RECORD, requester=Requester(sys.argv[2]), duration_ms=number))
"""
"""A program: appends to the store argv[1], as agent argv[2], argv[3] records."""


def test_records_are_chained(any_place: Place) -> None:
    """Each record names the SHA-256 of the one before, in every store; the chain verifies."""
    store = any_place.open()
    lines = [store.append(RECORD) for _ in range(4)]
    assert [line.sequence for line in lines] == [1, 2, 3, 4]
    assert lines[0].previous == "0" * 64
    for before, line in pairwise(lines):
        assert json.loads(line.content)["previous"] == hashlib.sha256(before.content).hexdigest()
    assert list(any_place.open().list_lines()) == lines
    summary = any_place.open().verify()
    assert (summary.count, summary.head) == (4, lines[-1].head)


def test_a_record_in_a_database_names_its_agent(place: Place) -> None:
    """Who shares a database is told apart."""
    lines = [place.open(agent).append(RECORD) for agent in ("hsm-1", "hsm-2")]
    assert [line.members["agent"] for line in lines] == ["hsm-1", "hsm-2"]


def test_agents_that_write_at_once_make_one_chain(place: Place) -> None:
    """Two processes on an empty database: it is made once, no record is lost, and there is one head."""
    each = 8
    running = [
        subprocess.Popen([sys.executable, "-c", APPENDER, place.url, f"agent-{number}", str(each)])
        for number in range(2)
    ]
    assert [process.wait(timeout=120) for process in running] == [0] * 2
    assert place.open().verify().count == 2 * each
    lines = tuple(place.open().list_lines())
    assert place.open().list_newest(3) == lines[-3:]
    members = [line.members for line in lines]
    for number in range(2):
        own = [each["duration_ms"] for each in members if each["agent"] == f"agent-{number}"]
        assert own == list(range(each))


def test_a_store_without_records_is_empty(any_place: Place) -> None:
    """Made, and nothing in it."""
    store = any_place.open()
    store.ensure_writable()
    assert store.verify().head == AuditHead(0, "0" * 64)
    assert store.count_usage((UsageQuery(NOON, signer="a"),)) == AuditUsage(None, (0,))


def test_reading_makes_no_database(tmp_path: object) -> None:
    """A file of SQLite that is not there is not made by asking how often a key was used."""
    place = Place(f"sqlite:///{tmp_path}/no.sqlite")
    assert place.open().count_usage((UsageQuery(NOON),)) == AuditUsage(None, (0,))
    with pytest.raises(AuditError) as caught:
        place.open().verify()
    assert caught.value.code == "audit-unreadable"


def test_all_stores_count_alike(any_place: Place) -> None:
    """By signer, certificate and requester, after an instant, `allowed` alone; the newest is the latest."""
    shift = iter((0, 5, 1, 3, 3, 3))
    store = any_place.open(clock=lambda: NOON + next(shift) * _SECOND)
    acme = replace(RECORD, signer="acme", certificate=CertificateReference("CN=a", "0A", "ab" * 32))
    bob = Requester("bob", 1001)
    store.append(acme)
    store.append(replace(acme, outcome=Outcome.REFUSED))
    store.append(replace(acme, requester=bob))
    store.append(replace(acme, signer="second-name"))
    store.append(replace(acme, signer="third", certificate=None))
    store.append(replace(acme, outcome=Outcome.NOT_RELEASED))
    queries = (
        UsageQuery(NOON - _SECOND, signer="acme"),
        UsageQuery(NOON, signer="acme"),
        UsageQuery(NOON + _SECOND / 2, signer="acme"),
        UsageQuery(NOON - _SECOND, signer="acme", certificate_sha256="ab" * 32),
        UsageQuery(NOON - _SECOND, signer="unknown", certificate_sha256="ab" * 32),
        UsageQuery(NOON - _SECOND, requester="bob"),
        UsageQuery(NOON - _SECOND, requester="ann"),
        UsageQuery(NOON - _SECOND, requester="ann", signer="third"),
        UsageQuery(NOON + 3 * _SECOND, requester="ann"),
    )
    usage = any_place.open().count_usage(queries)
    assert usage == AuditUsage((NOON + 5 * _SECOND, 2), (2, 1, 1, 3, 3, 1, 3, 1, 0))


DAMAGE: dict[str, tuple[str, int]] = {
    "content changed": ("UPDATE iki_audit_record SET content = :junk WHERE sequence = 3", 3),
    "last removed": ("DELETE FROM iki_audit_record WHERE sequence = 5", 4),
    "first removed": ("DELETE FROM iki_audit_record WHERE sequence = 1", 1),
    "outcome column changed": ("UPDATE iki_audit_record SET outcome = 'refused' WHERE sequence = 2", 2),
    "signer column emptied": ("UPDATE iki_audit_record SET signer = NULL WHERE sequence = 2", 2),
    "time column changed": ("UPDATE iki_audit_record SET time = time - 99 WHERE sequence = 2", 2),
    "renumbered": ("UPDATE iki_audit_record SET sequence = 9 WHERE sequence = 5", 5),
    "head changed": ("UPDATE iki_audit_head SET sha256 = 'x'", 5),
    "head behind": ("UPDATE iki_audit_head SET sequence = 4", 5),
    "head removed": ("DELETE FROM iki_audit_head", 5),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_damage_is_found_and_located(place: Place, name: str) -> None:
    """Changed, removed, renumbered, or columns that belie the content: named by its record."""
    store = place.open()
    for _ in range(5):
        store.append(replace(RECORD, signer="acme"))
    statement, line = DAMAGE[name]
    place.execute(statement, **({"junk": b"{}"} if ":junk" in statement else {}))
    with pytest.raises(AuditDamagedError) as caught:
        place.open().verify()
    assert caught.value.line == line
    assert place.url.partition("?")[0].rpartition("/")[2] in caught.value.message


@pytest.mark.parametrize(
    "name", ["last removed", "renumbered", "head changed", "head behind", "head removed"]
)
def test_nothing_is_appended_to_a_damaged_end(place: Place, name: str) -> None:
    """No audit, no signature: what the head says is looked at before every record."""
    store = place.open()
    for _ in range(5):
        store.append(RECORD)
    place.execute(DAMAGE[name][0])
    for attempt in (store.ensure_writable, lambda: store.append(RECORD)):
        with pytest.raises(AuditError) as caught:
            attempt()
        assert caught.value.code in {"audit-damaged", "state-damaged"}
        assert caught.value.hint
        assert not caught.value.in_doubt


def test_a_database_has_no_files_to_rotate(place: Place) -> None:
    """The hint says what there is instead."""
    with pytest.raises(UsageError) as caught:
        place.open().rotate()
    assert caught.value.code == "audit-not-a-file"


class _Refused(Exception):  # noqa: N818 - it is no error of ours
    pass


class _Quota:
    """A guard that lets three in."""

    def list_queries(self, at: datetime) -> tuple[UsageQuery, ...]:
        return (UsageQuery(at - timedelta(hours=1), requester="ann"),)

    def decide(self, at: datetime, counts: tuple[int, ...]) -> None:
        assert at.tzinfo is not None
        if counts[0] >= 3:
            raise _Refused


def test_a_guard_has_the_last_word(any_place: Place) -> None:
    """It is told what is on record, and what it refuses is not written."""
    store = any_place.open()
    for _ in range(3):
        store.append(RECORD, _Quota())
    with pytest.raises(_Refused):
        store.append(RECORD, _Quota())
    assert store.verify().count == 3


TAKER = """
import sys
from tests.audit.samples import RECORD
from tests.state.places import Place
from tests.state.test_chain import _Quota, _Refused
store = Place(sys.argv[1]).open(sys.argv[2], seconds=60)
taken = 0
for _ in range(3):
    try:
        store.append(RECORD, _Quota())
        taken += 1
    except _Refused:
        pass
print(taken)
"""


def test_agents_cannot_both_take_the_last_of_a_quota(any_place: Place) -> None:
    """Two processes that want three each of a quota of three get three together."""
    commands = [[sys.executable, "-c", TAKER, any_place.url, f"agent-{number}"] for number in range(2)]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE) for command in commands]
    taken = [int(process.communicate(timeout=120)[0]) for process in running]
    assert sum(taken) == 3
    assert any_place.open().verify().count == 3
