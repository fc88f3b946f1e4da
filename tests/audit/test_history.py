"""The end of the audit log, read backwards: the newest record, and the uses of a key."""

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from agent.audit.door import AuditUsage, UsageQuery
from agent.audit.errors import AuditDamagedError
from agent.audit.log import AuditLog
from agent.audit.records import AuditRecord, CertificateReference, Outcome, Requester
from tests.audit.samples import RECORD

NOON = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)
_HOUR = timedelta(hours=1)
_SECOND = timedelta(seconds=1)


def _write(path: Path, *lines: tuple[timedelta, AuditRecord]) -> None:
    for offset, record in lines:
        AuditLog(path, clock=lambda at=NOON + offset: at).append(record)  # type: ignore[misc]


def _record(outcome: Outcome = Outcome.ALLOWED, signer: str = "acme", sha256: str = "ab" * 32) -> AuditRecord:
    certificate = CertificateReference("CN=acme", "0A", sha256)
    return replace(RECORD, outcome=outcome, signer=signer, certificate=certificate)


def _count(path: Path, since: datetime | None, **named: str) -> AuditUsage:
    return AuditLog(path).count_usage(() if since is None else (UsageQuery(since, **named),))


def test_a_log_that_is_not_there_is_empty(tmp_path: Path) -> None:
    """Nothing was seen and nothing used, and reading makes no file."""
    assert _count(tmp_path / "audit.jsonl", NOON) == AuditUsage(None, (0,))
    assert _count(tmp_path / "no", None) == AuditUsage(None, ())
    assert list(tmp_path.iterdir()) == []


def test_uses_are_those_after_an_instant(tmp_path: Path) -> None:
    """The hour is 3,600 seconds: what lies exactly an hour back is outside, a second less is inside."""
    path = tmp_path / "audit.jsonl"
    offsets = (-2 * _HOUR, -_HOUR, -_HOUR + _SECOND, timedelta(0))
    _write(path, *((offset, _record()) for offset in offsets))
    assert _count(path, NOON - _HOUR) == AuditUsage((NOON, 4), (2,))


def test_uses_are_counted_by_signer_certificate_and_requester(tmp_path: Path) -> None:
    """A signer's name or certificate is enough; a requester's uses are counted with all signers."""
    path = tmp_path / "audit.jsonl"
    bob = replace(_record(), requester=Requester("bob", 1001))
    records = (_record(), _record(signer="other"), _record(signer="third", sha256="cd" * 32), bob)
    _write(path, *((timedelta(0), record) for record in records))
    since = NOON - _HOUR
    queries = (
        UsageQuery(since, signer="acme"),
        UsageQuery(since, signer="acme", certificate_sha256="ab" * 32),
        UsageQuery(since, signer="acme", certificate_sha256="cd" * 32),
        UsageQuery(since, requester="ann"),
        UsageQuery(since, requester="bob", signer="acme"),
        UsageQuery(since, requester="nobody"),
        UsageQuery(NOON, signer="acme"),
    )
    assert AuditLog(path).count_usage(queries).counts == (2, 3, 3, 3, 1, 0, 0)


def test_only_signatures_are_uses(tmp_path: Path) -> None:
    """A refusal, a failure, and the line that follows when the output could not appear, use nothing up."""
    path = tmp_path / "audit.jsonl"
    _write(path, *((timedelta(0), _record(outcome)) for outcome in Outcome))
    assert _count(path, NOON - _HOUR).counts == (1,)


def test_a_refusal_with_the_clock_set_back_hides_nothing(tmp_path: Path) -> None:
    """The newest record is the latest, not the last: a second try with the same wrong clock is no better."""
    path = tmp_path / "audit.jsonl"
    refused = _record(Outcome.REFUSED)
    _write(path, (timedelta(0), _record()), (-24 * _HOUR, refused), (-24 * _HOUR, refused))
    for since in (None, NOON - _HOUR):
        assert _count(path, since).newest == (NOON, 1)
    assert _count(path, NOON - _HOUR).counts == (1,)


def test_a_refusal_in_the_future_counts(tmp_path: Path) -> None:
    """A record of a clock that ran ahead is newer than the signature before it."""
    path = tmp_path / "audit.jsonl"
    _write(
        path,
        (timedelta(0), _record()),
        (_HOUR, _record(Outcome.REFUSED)),
        (timedelta(0), _record(Outcome.FAILED)),
    )
    assert _count(path, None).newest == (NOON + _HOUR, 2)


@pytest.mark.parametrize("count", [1, 2, 100, 700])
def test_lines_across_pieces(tmp_path: Path, count: int) -> None:
    """However many pieces the file is read in, each line is found once."""
    path = tmp_path / "audit.jsonl"
    _write(path, (timedelta(0), _record()))
    _multiply(path, count)
    assert _count(path, NOON - _HOUR).counts == (count,)


def _multiply(path: Path, count: int) -> None:
    """Continue the chain of one line by hand: much faster than `append`, which waits for the disk."""
    lines = [path.read_bytes().rstrip(b"\n")]
    while len(lines) < count:
        members = json.loads(lines[-1])
        members |= {"sequence": len(lines) + 1, "previous": hashlib.sha256(lines[-1]).hexdigest()}
        lines.append(json.dumps(members, sort_keys=True, separators=(",", ":")).encode())
    path.write_bytes(b"\n".join(lines) + b"\n")


def test_uses_are_counted_across_rotated_files(tmp_path: Path) -> None:
    """A new file is no new quota, and the newest record may be in an old one."""
    path = tmp_path / "audit.jsonl"
    for number in range(6):
        _write(path, (timedelta(seconds=number), _record()))
        if number % 2:
            AuditLog(path).rotate()
    assert not path.exists()
    assert _count(path, NOON) == AuditUsage((NOON + 5 * _SECOND, 6), (5,))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"outcome":"allowed"', b'"outcome":"refused"'),
        (b'"signer":"acme"', b'"signer":"ecma"'),
        (b"\n{", b"\n {"),
    ],
)
def test_a_changed_line_wins_no_quota(tmp_path: Path, old: bytes, new: bytes) -> None:
    """Each line that is read is held against the one after it."""
    path = tmp_path / "audit.jsonl"
    _write(path, *((timedelta(seconds=number), _record()) for number in range(3)))
    path.write_bytes(path.read_bytes().replace(old, new, 1))
    with pytest.raises(AuditDamagedError):
        _count(path, NOON - _HOUR)


def test_a_torn_end_is_damage(tmp_path: Path) -> None:
    """A last line without its end, that the head file knows whole, is not skipped."""
    path = tmp_path / "audit.jsonl"
    _write(path, (timedelta(0), _record()), (timedelta(0), _record()))
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(AuditDamagedError):
        _count(path, None)
