"""Verifying a whole audit log: what was done to it, and where."""

import hashlib
import json
import subprocess
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from filelock import FileLock
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.audit import verification
from agent.audit.chain import AuditHead
from agent.audit.door import AuditSummary
from agent.audit.errors import AuditDamagedError
from agent.audit.log import AuditLog
from agent.audit.records import AuditRecord, Outcome, Requester
from agent.audit.verification import verify_audit
from agent.errors import AuditError
from agent.operations import Operation
from tests.support.tools import require_tool

COUNT = 6


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Make a log of six lines."""
    path = tmp_path / "audit.jsonl"
    writer = AuditLog(path)
    for number in range(COUNT):
        requester = Requester("ann", 1000)
        writer.append(
            AuditRecord(
                operation=Operation.SIGN, outcome=Outcome.ALLOWED, requester=requester, duration_ms=number
            )
        )
    return path


def lines_of(path: Path) -> list[bytes]:
    """Split a log into its lines, each with its newline."""
    return path.read_bytes().splitlines(keepends=True)


def rechain(lines: list[bytes]) -> list[bytes]:
    """Forge: renumber and chain lines anew, as somebody who knows the format would."""
    previous, forged = "0" * 64, []
    for number, line in enumerate(lines, start=1):
        members = json.loads(line) | {"sequence": number, "previous": previous}
        content = json.dumps(members, sort_keys=True, separators=(",", ":")).encode()
        previous = hashlib.sha256(content).hexdigest()
        forged.append(content + b"\n")
    return forged


def damaged_line(path: Path) -> int | None:
    """Verify a log that must be found damaged; return the line that is named."""
    with pytest.raises(AuditDamagedError) as caught:
        verify_audit(path)
    assert caught.value.code == "audit-damaged"
    assert "\n" not in caught.value.message
    assert caught.value.hint
    return caught.value.line


def test_a_whole_log_verifies_with_its_head(log: Path) -> None:
    """The summary counts the lines and gives the SHA-256 of the last."""
    last = hashlib.sha256(lines_of(log)[-1][:-1]).hexdigest()
    assert verify_audit(log) == AuditSummary(COUNT, AuditHead(COUNT, last))


def test_sha256sum_agrees_with_the_chain(log: Path) -> None:
    """Every `previous` is what coreutils computes of the line before."""
    program = require_tool("sha256sum")
    lines = lines_of(log)
    for before, line in pairwise(lines):
        output = subprocess.run([program], input=before[:-1], check=True, capture_output=True).stdout
        assert json.loads(line)["previous"] == output.split()[0].decode()


def test_an_empty_log_verifies(tmp_path: Path) -> None:
    """A log that was opened and never written to has no lines and the empty head."""
    AuditLog(tmp_path / "a").ensure_writable()
    assert verify_audit(tmp_path / "a") == AuditSummary(0, AuditHead(0, "0" * 64))


Damage = tuple[Callable[[list[bytes]], list[bytes]], int]
DAMAGES: dict[str, Damage] = {
    "first line changed": (lambda ls: [ls[0].replace(b"ann", b"eve"), *ls[1:]], 1),
    "middle line changed": (lambda ls: [*ls[:2], ls[2].replace(b"ann", b"eve"), *ls[3:]], 3),
    "last line changed": (lambda ls: [*ls[:5], ls[5].replace(b"ann", b"eve")], 6),
    "first line removed": (lambda ls: ls[1:], 1),
    "middle line removed": (lambda ls: [*ls[:3], *ls[4:]], 4),
    "last line removed": (lambda ls: ls[:5], 6),
    "two last lines removed": (lambda ls: ls[:4], 5),
    "all lines removed": (lambda _: [], 1),
    "two lines swapped": (lambda ls: [*ls[:1], ls[2], ls[1], *ls[3:]], 2),
    "line repeated": (lambda ls: [*ls[:3], ls[2], *ls[3:]], 4),
    "blank line added": (lambda ls: [*ls[:2], b"\n", *ls[2:]], 3),
    "last line torn": (lambda ls: [*ls[:5], ls[5][:-1]], 6),
    "rewritten with white space": (
        lambda ls: [*ls[:2], json.dumps(json.loads(ls[2]), sort_keys=True).encode() + b"\n", *ls[3:]],
        3,
    ),
    "CRLF": (lambda ls: [line.replace(b"\n", b"\r\n") for line in ls], 1),
    "not JSON": (lambda ls: [*ls[:4], b"hello\n", ls[5]], 5),
    "not an object": (lambda ls: [*ls[:4], b"[]\n", ls[5]], 5),
    "nested without end": (lambda ls: [*ls[:4], b"[" * 100_000 + b"\n", ls[5]], 5),
    "NaN": (lambda ls: [*ls[:4], ls[4].replace(b'"duration_ms":4', b'"duration_ms":NaN'), ls[5]], 5),
    "not UTF-8": (lambda ls: [*ls[:4], ls[4].replace(b"ann", b"\xff\xfe\xfd"), ls[5]], 5),
    "sequence is true": (lambda ls: [ls[0].replace(b'"sequence":1', b'"sequence":true'), *ls[1:]], 1),
    "time is no time": (lambda ls: [ls[0].replace(b'"time":"2', b'"time":"x'), *ls[1:]], 1),
    "changed and chained anew": (lambda ls: rechain([*ls[:2], ls[2].replace(b"ann", b"eve"), *ls[3:]]), 6),
    "removed and chained anew": (lambda ls: rechain([*ls[:2], *ls[3:]]), 6),
    "two lines forged at the end": (lambda ls: rechain([*ls, ls[5], ls[5]]), 7),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_damage_is_found_and_located(log: Path, name: str) -> None:
    """Changed, removed, re-ordered, cut off, or forged with a chain of its own: named by its line."""
    damage, line = DAMAGES[name]
    log.write_bytes(b"".join(damage(lines_of(log))))
    assert damaged_line(log) == line


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_single_octet_can_change(log: Path, data: st.DataObject) -> None:
    """Any octet of the log, replaced by any other, is found."""
    original = log.read_bytes()
    position = data.draw(st.integers(0, len(original) - 1))
    value = data.draw(st.integers(0, 255).filter(lambda value: value != original[position]))
    log.write_bytes(original[:position] + bytes([value]) + original[position + 1 :])
    try:
        line = damaged_line(log)
        assert line is not None
        assert 1 <= line <= COUNT
    finally:
        log.write_bytes(original)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_truncation_goes_unseen(log: Path, data: st.DataObject) -> None:
    """Cut anywhere, the log is damaged."""
    original = log.read_bytes()
    log.write_bytes(original[: data.draw(st.integers(0, len(original) - 1))])
    try:
        assert damaged_line(log) is not None
    finally:
        log.write_bytes(original)


def test_a_head_one_line_behind_is_a_crash_not_damage(log: Path) -> None:
    """The machine may stop between line and head."""
    head = hashlib.sha256(lines_of(log)[-2][:-1]).hexdigest()
    log.with_name("audit.jsonl.head").write_text(json.dumps({"sequence": COUNT - 1, "sha256": head}))
    assert verify_audit(log).count == COUNT


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"", None),
        (b"{}", None),
        (b"\xff", None),
        (b'{"sequence":6}', None),
        (b'{"sequence":"6","sha256":"' + b"a" * 64 + b'"}', None),
        (b'{"sequence":6,"sha256":"' + b"a" * 64 + b'"}', 6),
        (b'{"sequence":5,"sha256":"' + b"a" * 64 + b'"}', 5),
        (b'{"sequence":4,"sha256":"' + b"a" * 64 + b'"}', 5),
        (b'{"sequence":9,"sha256":"' + b"a" * 64 + b'"}', 7),
    ],
)
def test_a_wrong_head_file_is_damage(log: Path, content: bytes, line: int | None) -> None:
    """The head file is no JSON, no head, or the head of another log."""
    log.with_name("audit.jsonl.head").write_bytes(content)
    assert damaged_line(log) == line


@pytest.mark.parametrize(
    "rewrite", [(b'":', b'": '), (b'{"', b'{"operation":"csr","'), (b"ann", b"\\u0061nn")]
)
def test_a_chain_in_another_form_is_damage(log: Path, rewrite: tuple[bytes, bytes]) -> None:
    """White space, a repeated key, needless escapes: not written by us, even if chain and head agree."""
    line = lines_of(log)[0].replace(*rewrite)
    log.write_bytes(line)
    head = {"sequence": 1, "sha256": hashlib.sha256(line[:-1]).hexdigest()}
    log.with_name("audit.jsonl.head").write_text(json.dumps(head))
    assert damaged_line(log) == 1


def test_a_missing_head_file_is_damage(log: Path) -> None:
    """Without the head a cut log would look whole."""
    log.with_name("audit.jsonl.head").unlink()
    assert damaged_line(log) == 1


def test_a_missing_log_is_damage_if_its_head_is_there(log: Path) -> None:
    """Removing the whole log does not make it a new one."""
    log.unlink()
    assert damaged_line(log) == 1


@pytest.mark.parametrize("name", ["nothing", "folder"])
def test_what_cannot_be_read_is_an_error_of_its_own(tmp_path: Path, name: str) -> None:
    """No log there, or a folder: unreadable, not damaged."""
    (tmp_path / "folder").mkdir()
    with pytest.raises(AuditError) as caught:
        verify_audit(tmp_path / name)
    assert caught.value.code == "audit-unreadable"


def test_verifying_changes_nothing_in_the_folder(log: Path) -> None:
    """A copy kept as evidence stays as it is: no lock file is made for it."""
    log.with_name("audit.jsonl.lock").unlink()
    before = sorted(entry.name for entry in log.parent.iterdir())
    verify_audit(log)
    assert sorted(entry.name for entry in log.parent.iterdir()) == before


def test_a_writer_is_waited_for(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A log being written to is not read half way."""
    monkeypatch.setattr(verification, "_LOCK_SECONDS", 0.2)
    with FileLock(log.with_name("audit.jsonl.lock")), pytest.raises(AuditError) as caught:
        verify_audit(log)
    assert caught.value.code == "audit-unreadable"
    assert verify_audit(log).count == COUNT


def test_a_lock_that_may_not_be_opened_does_not_stop_an_auditor(log: Path) -> None:
    """Who may only read the log reads it without the lock (here the lock is a folder)."""
    lock = log.with_name("audit.jsonl.lock")
    lock.unlink()
    lock.mkdir()
    assert verify_audit(log).count == COUNT
