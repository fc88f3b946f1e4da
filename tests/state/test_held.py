"""Outputs that are held: what the next one to record makes of them, and what an interruption leaves."""

import hashlib
import json
from pathlib import Path

import pytest

from agent.audit.chain import EMPTY_HEAD, build_line
from agent.audit.held import HeldOutput
from agent.audit.records import AuditRecord, Outcome
from agent.errors import AuditError
from agent.service.release import PendingOutput
from tests.audit.samples import RECORD
from tests.state.killed import release
from tests.state.places import Place
from tests.state.relay import relaying
from tests.state.test_chain import NOON
from tests.support.postgresql import PostgreSQLServer


def _allowed(output: PendingOutput, sha256: str = "ab" * 32) -> AuditRecord:
    members = {"operation": RECORD.operation, "requester": RECORD.requester, "outcome": Outcome.ALLOWED}
    names = {"output": str(output.path), "held_in": str(output.part), "decision": "d" * 32}
    return AuditRecord(**members, **names, sha256_after=sha256)  # type: ignore[arg-type]


def _outcomes(place: Place) -> list[str | None]:
    return [line.text("outcome") for line in place.open().list_lines()]


def test_who_lives_is_left_alone(any_place: Place, tmp_path: Path) -> None:
    """Between the record and the output others may record: they see that its process is there."""
    with PendingOutput(tmp_path / "out") as output:
        output.write(b"signed")
        output.settle()
        any_place.open().append(_allowed(output))
        output.keep()
        for _ in range(2):
            any_place.open().append(RECORD)
        assert any_place.open().verify().held == (1,)
        output.release()
    any_place.open().append(RECORD)
    assert any_place.open().verify().held == ()
    assert _outcomes(any_place) == ["allowed"] * 4
    assert (tmp_path / "out").read_bytes() == b"signed"


def test_whoever_is_left_is_closed_once(any_place: Place, tmp_path: Path) -> None:
    """What a process that ended has left stands for its decision, until it is closed; then it goes."""
    with PendingOutput(tmp_path / "out") as output:
        output.write(b"signed")
        output.settle()
        any_place.open().append(_allowed(output, "cd" * 32))
        output.keep()
    assert [path.stat().st_size for path in tmp_path.glob(".out*")] == [0]
    for _ in range(2):
        any_place.open().ensure_writable()
    *_, last = any_place.open().list_lines()
    members = last.members
    assert _outcomes(any_place) == ["allowed", "not-released"]
    assert (members["decision"], members["sha256_after"]) == ("d" * 32, "cd" * 32)
    assert [finding["code"] for finding in members["findings"]] == ["process-ended"]
    assert list(tmp_path.glob(".out*")) == []


def test_only_its_own_agent_closes_a_decision(place: Place, tmp_path: Path) -> None:
    """Another agent, on another machine, does not see the temporary file, and says nothing of it."""
    with PendingOutput(tmp_path / "out") as output:
        place.open("agent-1").append(_allowed(output))
        output.keep()
    place.open("agent-2").append(RECORD)
    assert place.open().verify().held == (1,)
    place.open("agent-1").ensure_writable()
    assert place.open().verify().held == ()


def test_a_file_of_another_name_is_never_removed(any_place: Place, tmp_path: Path) -> None:
    """Whoever writes to the database or the head file cannot have us remove what is not ours."""
    precious = tmp_path / "precious"
    precious.write_bytes(b"x")
    record = AuditRecord(
        operation=RECORD.operation,
        requester=RECORD.requester,
        outcome=Outcome.ALLOWED,
        output=str(tmp_path / "out"),
        held_in=str(precious),
        decision="d" * 32,
    )
    store = any_place.open()
    assert HeldOutput.find_in(build_line(record, after=EMPTY_HEAD, at=NOON)) is None
    store.append(record)
    store.ensure_writable()
    assert precious.read_bytes() == b"x"


def test_a_record_in_doubt_is_closed_later(server: PostgreSQLServer, tmp_path: Path) -> None:
    """The commit went through, nobody could be told: nothing leaves, and the next record says so."""
    output = tmp_path / "out"
    with relaying(server.folder) as relay:
        url = server.make_database()
        store = Place(url.replace(str(server.folder), str(relay.folder))).open(seconds=2)
        release(store, tmp_path / "first", force=False)
        store.ensure_writable()
        relay.refuse = True

        class Breaking:
            """The store, whose next commit but the first is lost."""

            place = store.place
            ensure_writable = store.ensure_writable

            @staticmethod
            def append(*arguments: object) -> object:
                relay.lose_answer = True
                return store.append(*arguments)  # type: ignore[arg-type]

        with pytest.raises(AuditError) as caught:
            release(Breaking(), output, force=False)  # type: ignore[arg-type]
    assert caught.value.in_doubt
    assert not output.exists()
    assert [path.stat().st_size for path in tmp_path.glob(".out*")] == [0]
    place = Place(url)
    assert _outcomes(place) == ["allowed", "allowed"]
    place.open().ensure_writable()
    assert _outcomes(place) == ["allowed", "allowed", "not-released"]
    assert list(tmp_path.glob(".out*")) == []


@pytest.mark.parametrize("step", ["agent.service.release.sync_folder", "agent.service.release.appear"])
def test_an_interruption_is_recorded_as_what_it_was(
    any_place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """Ctrl-C before the output has its name: not released. After that: it is out, nothing else is said."""
    calls = []

    def interrupt(*_: object) -> None:
        calls.append(step)
        if step.endswith("appear") or len(calls) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(step, interrupt)
    output = tmp_path / "out"
    with pytest.raises(KeyboardInterrupt):
        release(any_place.open(), output, force=False)
    expected = ["allowed"] if output.exists() else ["allowed", "not-released"]
    assert output.exists() is step.endswith("sync_folder")
    any_place.open().ensure_writable()
    assert _outcomes(any_place) == expected
    lines = [line.members for line in any_place.open().list_lines()]
    if output.exists():
        assert hashlib.sha256(output.read_bytes()).hexdigest() == lines[0]["sha256_after"]
    else:
        assert json.dumps(lines[1]["findings"]).count("interrupted") == 2
    assert any_place.open().verify().held == ()
