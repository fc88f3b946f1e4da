"""Appending to the audit log: whole lines, on disk, in one chain, or an error."""

import hashlib
import json
import os
import stat
import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.audit.chain import AuditHead
from agent.audit.log import AuditLog
from agent.audit.records import (
    AuditRecord,
    CertificateReference,
    Outcome,
    Requester,
    current_requester,
)
from agent.audit.verification import verify_audit
from agent.findings import Finding, Level
from agent.operations import Operation
from tests.audit.samples import APPENDER, RECORD

NOON = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)


def head_of(path: Path) -> dict[str, object]:
    """Read the head file as any program would."""
    members: dict[str, object] = json.loads(path.with_name(path.name + ".head").read_bytes())
    return members


def test_lines_are_canonical_json_chained_by_sha256(tmp_path: Path) -> None:
    """Each line names the SHA-256 of the one before; the head file names the last."""
    log = AuditLog(tmp_path / "audit.jsonl", clock=lambda: NOON)
    lines = [log.append(RECORD) for _ in range(3)]
    written = (tmp_path / "audit.jsonl").read_bytes().splitlines(keepends=True)
    previous = "0" * 64
    for number, (raw, line) in enumerate(zip(written, lines, strict=True), start=1):
        assert raw.endswith(b"\n")
        content = raw[:-1]
        members = json.loads(content)
        assert (members["sequence"], members["previous"]) == (number, previous)
        assert members["time"] == "2026-11-22T12:00:00Z"
        assert content == json.dumps(members, sort_keys=True, separators=(",", ":")).encode()
        previous = hashlib.sha256(content).hexdigest()
        assert (line.sequence, line.content, line.head) == (number, content, AuditHead(number, previous))
    assert head_of(tmp_path / "audit.jsonl") == {"sequence": 3, "sha256": previous}


_FULL_RECORD = AuditRecord(
    operation=Operation.COUNTERSIGN,
    outcome=Outcome.REFUSED,
    requester=Requester("ann", 1000),
    signer="acme",
    role="supplier",
    key_uri="pkcs11:token=acme;object=k",
    certificate=CertificateReference("CN=acme", "0A", "ab" * 32),
    file="form.xlsx",
    sha256_before="11" * 32,
    sha256_after="22" * 32,
    signed_digest="33" * 32,
    findings=(Finding("revocation", Level.REFUSE, "CN=acme", "It is revoked.", "RFC 5280 6.3", "hint"),),
    crls=({"issuer": "CN=ca", "number": 7, "this_update": NOON, "next_update": None},),
    policy_sha256="44" * 32,
    configuration_sha256="55" * 32,
    lowered=("image-hash-missing",),
    duration_ms=12,
    tool_version="1.2.3",
)
_FULL_MEMBERS = {
    "operation": "countersign",
    "outcome": "refused",
    "requester": {"name": "ann", "uid": 1000},
    "signer": "acme",
    "role": "supplier",
    "key_uri": "pkcs11:token=acme;object=k",
    "certificate": {"subject": "CN=acme", "serial": "0A", "sha256": "ab" * 32},
    "file": "form.xlsx",
    "sha256_before": "11" * 32,
    "sha256_after": "22" * 32,
    "signed_digest": "33" * 32,
    "findings": [
        {
            "code": "revocation",
            "level": "refuse",
            "where": "CN=acme",
            "message": "It is revoked.",
            "clause": "RFC 5280 6.3",
        }
    ],
    "crls": [{"issuer": "CN=ca", "number": 7, "this_update": "2026-11-22T12:00:00Z"}],
    "policy_sha256": "44" * 32,
    "configuration_sha256": "55" * 32,
    "lowered": ["image-hash-missing"],
    "duration_ms": 12,
    "tool_version": "1.2.3",
}


def test_a_full_record_is_written_member_for_member(tmp_path: Path) -> None:
    """Every field has its place in the line; instants are UTC text."""
    AuditLog(tmp_path / "a").append(_FULL_RECORD)
    members = json.loads((tmp_path / "a").read_bytes())
    for name in ("sequence", "previous", "time"):
        del members[name]
    assert members == _FULL_MEMBERS


def test_what_is_none_is_left_out(tmp_path: Path) -> None:
    """A refusal before anything was known has a short line, but its lists are there."""
    requester = Requester("ann")
    AuditLog(tmp_path / "a").append(
        AuditRecord(operation=Operation.CSR, outcome=Outcome.FAILED, requester=requester)
    )
    assert set(json.loads((tmp_path / "a").read_bytes())) == {
        *("sequence", "previous", "time", "operation", "outcome", "requester", "findings", "crls", "lowered"),
        "tool_version",
    }


def test_the_clock_is_written_in_utc(tmp_path: Path) -> None:
    """A local time zone does not reach the log."""
    local = NOON.astimezone(timezone(timedelta(hours=5, minutes=30)))
    assert AuditLog(tmp_path / "a", clock=lambda: local).append(RECORD).time == NOON
    assert json.loads((tmp_path / "a").read_bytes())["time"] == "2026-11-22T12:00:00Z"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.text(max_size=30) | st.binary(max_size=30).map(os.fsdecode))
def test_any_file_name_survives(tmp_path: Path, name: str) -> None:
    """Newlines, quotes and bytes that are not UTF-8 neither break nor split a line."""
    path = tmp_path / f"{os.urandom(8).hex()}.jsonl"
    log = AuditLog(path)
    for _ in range(2):
        log.append(
            AuditRecord(
                operation=Operation.SIGN, outcome=Outcome.ALLOWED, requester=RECORD.requester, file=name
            )
        )
    lines = path.read_bytes().split(b"\n")
    assert (len(lines), lines[2]) == (3, b"")
    assert [json.loads(line)["file"] for line in lines[:2]] == [name, name]
    assert verify_audit(path).count == 2


def test_all_files_of_the_log_are_private(tmp_path: Path) -> None:
    """Log, head and lock are for the owner alone, whatever the umask allows; so is a folder made for them."""
    before = os.umask(0)
    try:
        AuditLog(tmp_path / "state" / "iki" / "a").append(RECORD)
    finally:
        os.umask(before)
    names = {
        entry.name: stat.S_IMODE(entry.stat().st_mode) for entry in (tmp_path / "state" / "iki").iterdir()
    }
    assert names == {"a": 0o600, "a.head": 0o600, "a.lock": 0o600}
    assert stat.S_IMODE((tmp_path / "state" / "iki").stat().st_mode) == 0o700


def test_a_record_is_on_disk_before_append_returns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The line is synced before the head that vouches for it, and then the folder that names both."""
    synced: list[str] = []
    sync = os.fsync

    def watch(descriptor: int) -> None:
        synced.append(Path(f"/proc/self/fd/{descriptor}").readlink().name)
        sync(descriptor)

    if not Path("/proc/self/fd").exists():
        pytest.skip("needs /proc to see which file a descriptor is")
    monkeypatch.setattr(os, "fsync", watch)
    AuditLog(tmp_path / "a").append(RECORD)
    assert synced == ["a", "a.head.new", tmp_path.name]


def test_all_names_of_a_log_are_one_log(tmp_path: Path) -> None:
    """A link to the log shares its lock and head file."""
    (tmp_path / "real").mkdir()
    (tmp_path / "link.jsonl").symlink_to(tmp_path / "real" / "a")
    AuditLog(tmp_path / "real" / "a").append(RECORD)
    AuditLog(tmp_path / "link.jsonl").append(RECORD)
    assert verify_audit(tmp_path / "link.jsonl") == verify_audit(tmp_path / "real" / "a")
    assert not (tmp_path / "link.jsonl.head").exists()


def test_the_end_of_a_log_with_long_lines_is_found(tmp_path: Path) -> None:
    """The last line may be longer than what is read at a time."""
    log = AuditLog(tmp_path / "a")
    for size in (10, 70_000, 300_000, 65_536, 10):
        requester = Requester("x" * size)
        log.append(AuditRecord(operation=Operation.SIGN, outcome=Outcome.ALLOWED, requester=requester))
    assert verify_audit(tmp_path / "a").count == 5


def test_processes_append_to_one_chain(tmp_path: Path) -> None:
    """Four processes at once: no line is lost, torn or out of the chain."""
    path, each = tmp_path / "a", 12
    running = [
        subprocess.Popen([sys.executable, "-c", APPENDER, str(path), f"p{number}", str(each)])
        for number in range(4)
    ]
    assert [process.wait(timeout=60) for process in running] == [0] * 4
    assert verify_audit(path).count == 4 * each
    members = [json.loads(line) for line in path.read_bytes().splitlines()]
    for number in range(4):
        own = [member["duration_ms"] for member in members if member["requester"]["name"] == f"p{number}"]
        assert own == list(range(each))


def test_ensure_writable_writes_no_line(tmp_path: Path) -> None:
    """The early check makes the file but no record, also in a log that has some."""
    log = AuditLog(tmp_path / "a")
    log.ensure_writable()
    assert (tmp_path / "a").read_bytes() == b""
    log.append(RECORD)
    before = (tmp_path / "a").read_bytes()
    log.ensure_writable()
    assert (tmp_path / "a").read_bytes() == before


def test_the_requester_is_whom_the_system_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    """LOGNAME and USER are not believed; `id` is the oracle."""
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.setenv(name, "mallory")
    expected = subprocess.run(["id", "-un"], check=True, capture_output=True, text=True).stdout.strip()
    assert current_requester() == Requester(name=expected, uid=os.getuid())
