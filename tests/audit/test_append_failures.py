"""Appending to the audit log when something breaks: a crash, a full disk, a hand in the file."""

import json
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock

from agent.audit.errors import AuditDamagedError
from agent.audit.log import AuditLog
from agent.audit.verification import verify_audit
from agent.errors import AuditError
from tests.audit.samples import APPENDER, RECORD

Damage = Callable[[Path], object]


def test_processes_killed_while_appending_leave_a_log_that_goes_on(tmp_path: Path) -> None:
    """SIGKILL at any time: the next append works and the chain verifies."""
    path = tmp_path / "a"
    for delay in (0.0, 0.004, 0.011, 0.023):
        size = path.stat().st_size if path.exists() else 0
        process = subprocess.Popen([sys.executable, "-c", APPENDER, str(path), "p", "100000"])
        while not path.exists() or path.stat().st_size == size:
            assert process.poll() is None
        subprocess.run(["sleep", str(delay)], check=True)
        process.kill()
        process.wait()
        AuditLog(path).append(RECORD)
        assert verify_audit(path).count >= 2


def test_a_crash_before_the_head_was_written_is_made_good(tmp_path: Path) -> None:
    """The head file is one line behind: the next append accepts the line and brings the head up to date."""
    path = tmp_path / "a"
    log = AuditLog(path)
    for _ in range(3):
        before = path.with_name("a.head").read_bytes() if path.exists() else None
        log.append(RECORD)
        if before is None:
            path.with_name("a.head").unlink()
        else:
            path.with_name("a.head").write_bytes(before)
        assert verify_audit(path).count + 1 == log.append(RECORD).sequence
    assert json.loads(path.with_name("a.head").read_bytes())["sequence"] == 6


def test_two_crashes_in_a_row_are_made_good(tmp_path: Path) -> None:
    """The early check brings a head file up to date, so that it can never fall two lines behind."""
    log = AuditLog(tmp_path / "a")
    log.append(RECORD)
    before = (tmp_path / "a.head").read_bytes()
    line = log.append(RECORD)
    (tmp_path / "a.head").write_bytes(before)
    log.ensure_writable()
    members = json.loads((tmp_path / "a.head").read_bytes())
    assert members == {"sequence": 2, "sha256": line.head.sha256}


def test_a_crash_while_the_head_was_written_is_made_good(tmp_path: Path) -> None:
    """A half-written new head file is not the head file, and is taken over."""
    log = AuditLog(tmp_path / "a")
    log.append(RECORD)
    (tmp_path / "a.head.new").write_bytes(b'{"seq')
    log.append(RECORD)
    assert verify_audit(tmp_path / "a").count == 2
    assert not (tmp_path / "a.head.new").exists()


def test_a_part_of_a_line_is_cut_off_and_kept(tmp_path: Path) -> None:
    """A process killed while it wrote: the head file knows nothing of that line, so nothing left by it."""
    path = tmp_path / "a"
    log = AuditLog(path)
    log.append(RECORD)
    for count in (2, 3):
        with path.open("ab") as file:
            file.write(b'{"certificate":{"se')
        assert verify_audit(path).count == count - 1
        assert log.count_usage(()).newest is not None
        assert log.append(RECORD).sequence == count
        assert verify_audit(path).count == count
    assert (tmp_path / "a.torn").read_bytes() == b'{"certificate":{"se\n' * 2


def test_a_part_of_the_first_line_is_cut_off(tmp_path: Path) -> None:
    """Also where there is no line before it, in a new log and in a file that was begun anew."""
    path = tmp_path / "a"
    log = AuditLog(path)
    for count in (1, 2):
        path.write_bytes(b'{"certificate":{"se')
        assert verify_audit(path).count == count - 1
        assert log.append(RECORD).sequence == count
        log.rotate()
    assert verify_audit(path).count == 2


def test_a_torn_line_that_the_head_file_knows_is_damage(tmp_path: Path) -> None:
    """A line without its end is not silently repaired: it may be all that is left of a decision."""
    path = tmp_path / "a"
    log = AuditLog(path)
    log.append(RECORD)
    log.append(RECORD)
    path.write_bytes(path.read_bytes()[:-1])
    damaged = path.read_bytes()
    for attempt in (lambda: log.append(RECORD), log.ensure_writable, lambda: verify_audit(path)):
        with pytest.raises(AuditDamagedError) as caught:
            attempt()
        assert (caught.value.code, caught.value.line) == ("audit-damaged", 2)
        assert caught.value.hint
    assert path.read_bytes() == damaged


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.unlink(),
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(b"\n".join(path.read_bytes().split(b"\n")[:2]) + b"\n"),
        lambda path: path.write_bytes(path.read_bytes().replace(b'"ann"', b'"eve"')),
        lambda path: path.write_bytes(path.read_bytes() + b"{}\n"),
        lambda path: path.write_bytes(path.read_bytes() + b"\n"),
        lambda path: path.with_name("a.head").unlink(),
        lambda path: path.with_name("a.head").write_bytes(b""),
        lambda path: path.with_name("a.head").write_bytes(b"[" * 900),
        lambda path: path.with_name("a.head").write_bytes(b'{"sequence":3,"sha256":"x"}'),
        lambda path: path.with_name("a.head").write_bytes(b'{"sequence":0,"sha256":"' + b"0" * 64 + b'"}'),
    ],
)
def test_nothing_is_appended_to_a_log_whose_end_was_touched(tmp_path: Path, damage: Damage) -> None:
    """A changed, cut or exchanged end is seen before the next decision is recorded."""
    path = tmp_path / "a"
    log = AuditLog(path)
    for _ in range(3):
        log.append(RECORD)
    damage(path)
    before = {name: (tmp_path / name).read_bytes() for name in ("a", "a.head") if (tmp_path / name).exists()}
    for attempt in (lambda: log.append(RECORD), log.ensure_writable):
        with pytest.raises(AuditDamagedError) as caught:
            attempt()
        assert caught.value.code == "audit-damaged"
    after = {name: (tmp_path / name).read_bytes() for name in before}
    assert after == before


def make_folder(path: Path) -> None:
    """Put a folder where the log should be."""
    path.mkdir()


def make_file_of_parent(path: Path) -> None:
    """Put a file where the log's folder should be."""
    path.parent.rmdir()
    path.parent.write_bytes(b"")


def make_full_device(path: Path) -> None:
    """Put a device that is always full where the log should be."""
    path.symlink_to("/dev/full")


def make_null_device(path: Path) -> None:
    """Put a device that swallows everything where the log should be."""
    path.symlink_to("/dev/null")


def make_head_folder(path: Path) -> None:
    """Put a folder where the head file should be."""
    path.with_name(path.name + ".head").mkdir()


def make_lock_folder(path: Path) -> None:
    """Put a folder where the lock file should be."""
    path.with_name(path.name + ".lock").mkdir()


@pytest.mark.parametrize(
    "obstacle",
    [
        make_folder,
        make_file_of_parent,
        make_full_device,
        make_null_device,
        make_head_folder,
        make_lock_folder,
    ],
)
def test_a_log_that_cannot_be_written_is_an_error(tmp_path: Path, obstacle: Damage) -> None:
    """Whatever the operating system objects to: `audit-unwritable`."""
    path = tmp_path / "logs" / "a"
    path.parent.mkdir()
    obstacle(path)
    with pytest.raises(AuditError) as caught:
        AuditLog(path, lock_seconds=0.2).append(RECORD)
    assert caught.value.code == "audit-unwritable"
    assert caught.value.hint


def test_a_log_that_another_process_holds_is_an_error_in_the_end(tmp_path: Path) -> None:
    """A lock that is never released does not hang us for ever."""
    with FileLock(tmp_path / "a.lock"), pytest.raises(AuditError) as caught:
        AuditLog(tmp_path / "a", lock_seconds=0.2).append(RECORD)
    assert caught.value.code == "audit-unwritable"


def test_a_head_that_cannot_be_replaced_takes_its_line_back(tmp_path: Path) -> None:
    """No decision counts as recorded when half of its record could not be written."""
    log = AuditLog(tmp_path / "a")
    log.append(RECORD)
    before = (tmp_path / "a").read_bytes()
    (tmp_path / "a.head.new").mkdir()
    with pytest.raises(AuditError) as caught:
        log.append(RECORD)
    assert caught.value.code == "audit-unwritable"
    assert (tmp_path / "a").read_bytes() == before
    (tmp_path / "a.head.new").rmdir()
    assert log.append(RECORD).sequence == 2


def test_a_full_disk_leaves_no_torn_line(tmp_path: Path) -> None:
    """A write that the operating system cuts short (here: RLIMIT_FSIZE) is an error, and is taken back."""
    path = tmp_path / "a"
    AuditLog(path).append(RECORD)
    before = path.read_bytes()
    limit = len(before) + 100
    finished = subprocess.run(
        [sys.executable, "-c", APPENDER, str(path), "p", "1"],
        check=False,
        capture_output=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
    )
    assert finished.returncode == 1
    assert b"AuditError" in finished.stderr
    assert path.read_bytes() == before
    assert AuditLog(path).append(RECORD).sequence == 2
