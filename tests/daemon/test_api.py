"""The API by hand: documents up and down, what is refused, and with which problem."""

import hashlib
import io
import json
import os
import shutil
import socket
from concurrent.futures import ThreadPoolExecutor
from email.parser import BytesParser
from email.policy import HTTP
from pathlib import Path
from typing import Any

import pytest

from agent.client.documents import Errand, fetch_document, fetch_json
from agent.client.problems import RemoteError
from agent.endpoint import UnixEndpoint
from agent.errors import AgentError
from agent.exits import ExitStatus
from agent.verdicts import PASSED
from tests.cli.test_schemas import check
from tests.support.daemon import Daemon, daemon_of
from tests.support.lab import Story


def exchange(daemon: Daemon, head: str, body: bytes = b"") -> tuple[int, dict[str, str], bytes]:
    """Send a request as it is written here, and return status, headers and body."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(60)
        connection.connect(str(daemon.socket))
        connection.sendall(head.replace("\n", "\r\n").encode() + b"\r\n\r\n" + body)
        stream = connection.makefile("rb")
        status = int(stream.readline().split()[1])
        headers = {}
        while line := stream.readline().decode().strip():
            name, _, value = line.partition(": ")
            headers[name.lower()] = value
        return status, headers, stream.read()


def post(daemon: Daemon, path: str, body: bytes, *more: str) -> tuple[int, dict[str, str], bytes]:
    """Post octets."""
    lines = [f"POST /v1{path} HTTP/1.0", "Host: x", f"Content-Length: {len(body)}", *more]
    if not any(line.startswith("Content-Type") for line in more):
        lines.append("Content-Type: application/octet-stream")
    return exchange(daemon, "\n".join(lines), body)


def problem(answer: tuple[int, dict[str, str], bytes]) -> dict[str, Any]:
    """Return the problem details of an answer."""
    status, headers, body = answer
    assert headers["content-type"] == "application/problem+json"
    found: dict[str, Any] = json.loads(body)
    assert (found["status"], found["type"]) == (status, f"urn:iki-agent:problem:{found['code']}")
    return found


def test_a_document_goes_up_and_comes_down_signed(
    shared_daemon: tuple[Daemon, Story], tmp_path: Path
) -> None:
    """The answer is multipart/mixed, as another parser reads it: the document, then what was done."""
    daemon, story = shared_daemon
    status, headers, body = post(daemon, "/sign?signer=manufacturer", story.form.read_bytes())
    assert status == 200
    message = BytesParser(policy=HTTP).parsebytes(
        f"Content-Type: {headers['content-type']}\r\n\r\n".encode() + body
    )
    document, done = message.iter_parts()
    octets = document.get_payload(decode=True)
    assert isinstance(octets, bytes)
    result = json.loads(done.get_content())
    assert result["sha256"] == hashlib.sha256(octets).hexdigest()
    check("sign", {**result, "output": "out.xlsx"})
    output = tmp_path / "out.xlsx"
    output.write_bytes(octets)
    assert story.lab.verify(output, first_only=True).verdict == PASSED


def test_verdicts_and_explanations_are_those_of_the_commands(shared_daemon: tuple[Daemon, Story]) -> None:
    """A whole submission passes and half of one fails, both with status 200; the rules answer as in `iki`."""
    daemon, story = shared_daemon
    status, _, body = post(daemon, "/verify?file=a.xlsx", story.countersigned.read_bytes())
    verdict = json.loads(body)
    check("verify", [verdict])
    assert (status, verdict["verdict"], verdict["file"]) == (200, "TOTAL-PASSED", "a.xlsx")
    status, _, body = post(daemon, "/verify", story.signed.read_bytes())
    assert (status, json.loads(body)["verdict"]) == (200, "TOTAL-FAILED")
    explained = fetch_json(
        UnixEndpoint(daemon.socket),
        Errand("/policy/explain", [("signer", "manufacturer")], story.form.open("rb")),
    )
    check("policy-explain", explained)
    assert (explained["refuses"], explained["operation"]) == (False, "sign")


def test_a_refusal_has_every_finding_and_the_exit_status(shared_daemon: tuple[Daemon, Story]) -> None:
    """403, with the status that the command has, and each finding's code, clause and hint."""
    daemon, story = shared_daemon
    found = problem(post(daemon, "/sign?signer=manufacturer", story.signed.read_bytes()))
    assert (found["status"], found["exit_status"]) == (403, ExitStatus.REFUSED)
    assert [finding["code"] for finding in found["findings"]] == ["already-signed"]
    assert found["findings"][0]["hint"]


@pytest.mark.parametrize(
    ("path", "body", "more", "expected"),
    [
        ("/sign?signer=nobody", b"PK", (), (404, "signer-unknown", 2)),
        ("/sign?signer=supplier", b"PK", (), (400, "role-operation", 2)),
        ("/sign", b"PK", (), (400, "query-invalid", 2)),
        ("/sign?signer=manufacturer&signer=dcc", b"PK", (), (400, "query-invalid", 2)),
        ("/sign?signer=manufacturer&digest=00", b"PK", (), (400, "query-invalid", 2)),
        ("/sign?signer=manufacturer&image_sha256=zz", b"PK", (), (400, "query-invalid", 2)),
        ("/sign?signer=manufacturer&timestamp=true", b"PK", (), (400, "timestamp-unconfigured", 2)),
        ("/sign?signer=manufacturer", b"", (), (422, "package-empty", 8)),
        ("/sign?signer=manufacturer", b"no workbook", (), (422, "package-not-zip", 8)),
        ("/sign?signer=manufacturer", b"{}", ("Content-Type: application/json",), (415, "media-type", 2)),
        (
            "/sign?signer=manufacturer",
            b"x",
            ("Content-Type: multipart/form-data",),
            (400, "body-invalid", 2),
        ),
        (
            "/sign?signer=manufacturer",
            b'--b\r\nContent-Disposition: form-data; name="digest"\r\n\r\n00\r\n--b--\r\n',
            ("Content-Type: multipart/form-data; boundary=b",),
            (400, "body-invalid", 2),
        ),
        (
            "/sign?signer=manufacturer",
            b"PK",
            ("Iki-Configuration: /elsewhere.toml",),
            (409, "configuration-other", 7),
        ),
        ("/countersign?signer=supplier&format=cms", b"PK", (), (400, "signature-missing", 2)),
        ("/sign-digest", b"0" * 32, (), (404, "path-unknown", 2)),
        ("/agent/unlock", b"{", ("Content-Type: application/json",), (400, "body-invalid", 2)),
        ("/agent/unlock", b"{}", (), (415, "media-type", 2)),
        ("/agent/lock", b'{"all": 1}', ("Content-Type: application/json",), (400, "body-invalid", 2)),
    ],
)
def test_what_is_wrong_with_a_request_has_a_code(
    daemon: Daemon, path: str, body: bytes, more: tuple[str, ...], expected: tuple[int, str, int]
) -> None:
    """Each has a status of HTTP, a stable code, and the exit status of the command."""
    found = problem(post(daemon, path, body, *more))
    assert (found["status"], found["code"], found["exit_status"]) == expected


def test_a_body_that_is_too_large_is_refused_whether_or_not_it_says_so(
    shared_story: Story, tmp_path: Path
) -> None:
    """Announced, it is refused before it is read; in chunks, when the limit is reached. Nothing is left."""
    story = shared_story.copy(tmp_path / "story")
    spool = tmp_path / "spool"
    spool.mkdir()
    text = story.lab.configuration.read_text(encoding="utf-8")
    table = f'[agent]\nmax_upload_bytes = 1000\nspool = "{spool}"\n'
    story.lab.configuration.write_text(f"{text}\n{table}", encoding="utf-8")
    with daemon_of(story.lab) as daemon:
        head = "POST /v1/sign?signer=manufacturer HTTP/1.1\nHost: x\nConnection: close"
        announced = exchange(
            daemon, f"{head}\nContent-Type: application/octet-stream\nContent-Length: 5000000000"
        )
        assert problem(announced)["code"] == "body-too-large"
        piece = b"400\r\n" + b"x" * 1024 + b"\r\n"
        chunked = exchange(
            daemon,
            f"{head}\nContent-Type: application/octet-stream\nTransfer-Encoding: chunked",
            piece * 4 + b"0\r\n\r\n",
        )
        assert (chunked[0], problem(chunked)["exit_status"]) == (413, ExitStatus.DOCUMENT)
        run = daemon.iki("sign", story.form, "--as", "manufacturer", "-o", tmp_path / "out.xlsx")
        assert run.status == ExitStatus.DOCUMENT
        assert (list(spool.iterdir()), (tmp_path / "out.xlsx").exists()) == ([], False)


def test_whoever_leaves_before_the_answer_gets_nothing_and_it_is_on_record(
    shared_daemon: tuple[Daemon, Story],
) -> None:
    """A document whose sender is gone was not released, and the audit log says so."""
    daemon, story = shared_daemon
    body = story.form.read_bytes()
    before = len(story.lab.read_audit())
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(daemon.socket))
        lines = ["POST /v1/sign?signer=manufacturer HTTP/1.1", "Host: x", f"Content-Length: {len(body)}"]
        head = "\r\n".join([*lines, "Content-Type: application/octet-stream", "", ""])
        connection.sendall(head.encode() + body)
    daemon.wait_for(lambda: len(story.lab.read_audit()) >= before + 2)
    added = [(line["operation"], line["outcome"]) for line in story.lab.read_audit()[before:]]
    assert added == [("sign", "allowed"), ("sign", "not-released")]


def test_many_who_ask_at_the_same_moment_all_get_their_document(
    shared_daemon: tuple[Daemon, Story],
) -> None:
    """Each signature has its own record, and none takes another's for a clock that was set back."""
    daemon, story = shared_daemon
    body = story.form.read_bytes()
    before = len(story.lab.read_audit())
    with ThreadPoolExecutor(8) as threads:
        asked = [threads.submit(post, daemon, "/sign?signer=manufacturer", body) for _ in range(16)]
        answers = [each.result() for each in asked]
    assert [status for status, _, _ in answers] == [200] * 16, [answer[2][:300] for answer in answers]
    assert len({answer[2] for answer in answers}) == 16
    added = [line["outcome"] for line in story.lab.read_audit()[before:]]
    assert added == ["allowed"] * 16


def test_an_answer_that_ends_early_releases_nothing(tmp_path: Path) -> None:
    """A daemon that dies while it answers leaves a document without its end, which the client refuses."""
    half = b"--b\r\nContent-Type: application/octet-stream\r\nContent-Length: 4\r\n\r\nPK"
    head = (
        b"HTTP/1.1 200 OK\r\nContent-Type: multipart/mixed; boundary=b\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    place = Path(os.path.relpath(tmp_path / "s"))
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(place))
        server.listen()
        thread_answers(server, head + f"{len(half):x}\r\n".encode() + half + b"\r\n0\r\n\r\n")
        with pytest.raises(AgentError) as caught:
            fetch_document(UnixEndpoint(place), Errand("/sign", [], None), io.BytesIO().write)
        assert caught.value.code == "agent-protocol"


def thread_answers(server: socket.socket, answer: bytes) -> None:
    """Answer one connection with these octets, in a thread."""
    import threading  # noqa: PLC0415 - here alone

    def serve() -> None:
        connection, _ = server.accept()
        with connection:
            connection.recv(65536)
            connection.sendall(answer)

    threading.Thread(target=serve, daemon=True).start()


def test_metrics_count_what_was_asked_in_prometheus_text(daemon: Daemon) -> None:
    """Each operation has its count by status, and a histogram whose last bucket is its count."""
    for _ in range(3):
        daemon.ask("GET", "/tokens")
    status, headers, body = exchange(daemon, "GET /v1/metrics HTTP/1.0\nHost: x")
    lines = body.decode().splitlines()
    assert (status, headers["content-type"].partition(";")[0]) == (200, "text/plain")
    values = dict(line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
    counted = values['iki_requests_total{operation="list-tokens",status="200"}']
    name = "iki_request_duration_seconds"
    assert int(counted) >= 3
    assert values[f'{name}_bucket{{operation="list-tokens",le="+Inf"}}'] == counted
    assert values[f'{name}_count{{operation="list-tokens"}}'] == counted
    assert any(key.startswith("iki_token_ready{") for key in values)


def test_the_tail_of_the_audit_log_is_its_newest_records(shared_daemon: tuple[Daemon, Story]) -> None:
    """Oldest first, as many as asked for."""
    daemon, story = shared_daemon
    shown = daemon.ask("GET", "/audit?limit=2")["records"]
    assert [line["sequence"] for line in shown] == [line["sequence"] for line in story.lab.read_audit()[-2:]]


def test_a_locked_token_is_told_and_unlocks_by_a_person_alone(shared_story: Story, tmp_path: Path) -> None:
    """After `lock` a signature is refused with `token-locked`; after `unlock` it is made."""
    story = shared_story.copy(tmp_path / "story")
    with daemon_of(story.lab) as daemon:
        daemon.ask("POST", "/agent/lock", {})
        found = problem(post(daemon, "/sign?signer=manufacturer", story.form.read_bytes()))
        assert (found["status"], found["code"], found["exit_status"]) == (409, "token-locked", 6)
        daemon.ask("POST", "/agent/unlock", {"signers": ["manufacturer"]})
        assert post(daemon, "/sign?signer=manufacturer", story.form.read_bytes())[0] == 200


def test_without_its_record_nothing_is_signed(shared_story: Story, tmp_path: Path) -> None:
    """An audit log that cannot be written is the agent's trouble: 503, and no document."""
    story = shared_story.copy(tmp_path / "story")
    with daemon_of(story.lab) as daemon:
        story.lab.audit.unlink()
        story.lab.audit.mkdir()
        found = problem(post(daemon, "/sign?signer=manufacturer", story.form.read_bytes()))
        assert (found["status"], found["code"]) == (503, "audit-unwritable")


def test_a_removed_token_is_told_and_used_again_when_it_is_back(shared_story: Story, tmp_path: Path) -> None:
    """The client gets the token's error as the command would, and the next request finds the token."""
    story = shared_story.copy(tmp_path / "story")
    away = tmp_path / "away"
    with daemon_of(story.lab) as daemon:
        shutil.move(story.lab.folder / "tokens", away)
        with pytest.raises(RemoteError) as caught:
            daemon.ask("POST", "/agent/unlock", {"signers": ["manufacturer"]})
        assert caught.value.exit_status == ExitStatus.TOKEN
        shutil.move(away, story.lab.folder / "tokens")
        assert post(daemon, "/sign?signer=manufacturer", story.form.read_bytes())[0] == 200
