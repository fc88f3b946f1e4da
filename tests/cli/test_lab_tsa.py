"""The rehearsal's time-stamping authority: `openssl ts` asks and verifies, and `iki` uses it."""

import http.client
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asn1crypto.tsp
import pytest

from agent.formats.timestamp.exchange import TimestampRequest, parse_response
from agent.formats.timestamp.token import TimestampMismatch
from agent.lab.ca import TestCertificationAuthority
from agent.lab.layout import LabLayout
from agent.lab.serve import LabPublisher
from agent.lab.tsa import TSA_POLICY, TestTimestampAuthority, create_tsa
from agent.pki.der import SEQUENCE, parse_element
from agent.pki.timestamping import find_timestamping_problem
from tests.support.lab import Story, command_line, environment
from tests.support.tools import require_tool

_QUERY = "application/timestamp-query"
_NOW = datetime.now(UTC)
_DATA = b"what is there"
_tsp: Any = asn1crypto.tsp  # untyped


@dataclass(frozen=True)
class Served:
    """An environment of nothing but its CAs and TSA, published."""

    layout: LabLayout
    port: int

    def send(self, method: str, path: str, body: bytes, kind: str) -> tuple[int, str, bytes]:
        """Send a request; gives status, Content-Type and body of the answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, body, {"Content-Type": kind})
            answer = connection.getresponse()
            return answer.status, answer.headers.get("Content-Type", ""), answer.read()
        finally:
            connection.close()

    def ask(self, body: bytes) -> bytes:
        """Ask the TSA, and get an answer."""
        status, kind, answer = self.send("POST", "/tsa", body, _QUERY)
        assert (status, kind) == (200, "application/timestamp-reply")
        return answer


@contextmanager
def _serving(layout: LabLayout) -> Iterator[Served]:
    with LabPublisher(layout, 0) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield Served(layout, server.server_port)
        finally:
            server.shutdown()


def _make(folder: Path, kind: str = "ec-p256") -> LabLayout:
    layout = LabLayout(folder)
    begin, end = _NOW - timedelta(hours=1), _NOW + timedelta(days=1)
    authority = TestCertificationAuthority.create(
        layout.authority, not_before=begin, not_after=end, key_kind=kind
    )
    create_tsa(layout, authority, kind, not_before=begin, not_after=end)
    return layout


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    """The published environment."""
    with _serving(_make(tmp_path / "lab")) as found:
        yield found


@pytest.mark.parametrize(
    ("kind", "asked"),
    [
        ("ec-p256", ("-cert",)),
        ("ec-p384", ("-cert", "-sha512", "-no_nonce")),
        ("rsa-2048", ("-cert", "-sha384")),
    ],
)
def test_openssl_verifies_its_tokens(kind: str, asked: tuple[str, ...], tmp_path: Path) -> None:
    """Path to the rehearsal's root, purpose, imprint, nonce and signature, by another implementation."""
    openssl = require_tool("openssl")
    layout = _make(tmp_path / "lab", kind)
    data, query, reply = (tmp_path / name for name in ("data", "query.tsq", "reply.tsr"))
    data.write_bytes(_DATA)
    subprocess.run([openssl, "ts", "-query", "-data", data, *asked, "-out", query], check=True, timeout=30)
    reply.write_bytes(TestTimestampAuthority.load(layout).answer(query.read_bytes(), datetime.now(UTC)))
    root = str(layout.authority / "test-root.crt.pem")
    verify = [openssl, "ts", "-verify", "-in", str(reply), "-CAfile", root, "-x509_strict"]
    for source in (("-queryfile", str(query)), ("-data", str(data))):
        done = subprocess.run([*verify, *source], capture_output=True, text=True, check=False, timeout=30)
        assert "Verification: OK" in done.stdout, done.stderr
    data.write_bytes(b"something else")
    changed = subprocess.run([*verify, "-data", str(data)], capture_output=True, check=False, timeout=30)
    assert changed.returncode != 0


def test_it_answers_what_is_asked_and_no_more(served: Served) -> None:
    """Nonce, policy and time; without certReq no certificate; another policy or an extension is refused."""
    request = TimestampRequest(_DATA, 1 << 63, TSA_POLICY)
    before = datetime.now(UTC).replace(microsecond=0)
    token = parse_response(served.ask(request.build()), request)
    assert before <= token.info.gen_time <= datetime.now(UTC)
    assert (token.info.policy, token.info.accuracy) == (TSA_POLICY, timedelta(seconds=1))
    assert find_timestamping_problem(token.certificate) == ""
    query = _tsp.TimeStampReq.load(request.build())
    query["cert_req"] = False
    bare = _tsp.TimeStampResp.load(served.ask(query.dump(force=True)))
    assert bare["time_stamp_token"]["content"]["certificates"].native is None
    other = TimestampRequest(_DATA, 7, "2.999.1")
    with pytest.raises(TimestampMismatch) as refused:
        parse_response(served.ask(other.build()), other)
    assert refused.value.code == "timestamp-not-granted"
    assert served.ask(other.build()) != served.ask(request.build())


@pytest.mark.parametrize(
    ("body", "failure"),
    [
        (b"", "bad_data_format"),
        (b"\x30\x80\x00\x00", "bad_data_format"),
        (TimestampRequest(_DATA, 7).build() + b"\0", "bad_data_format"),
        (TimestampRequest(_DATA, 7).build().replace(b"\x02\x01\x01", b"\x02\x01\x02", 1), "bad_data_format"),
        (
            _tsp.TimeStampReq(
                {
                    "version": "v1",
                    "message_imprint": {
                        "hash_algorithm": {"algorithm": "sha1"},
                        "hashed_message": bytes(20),
                    },
                }
            ).dump(),
            "bad_alg",
        ),
        (
            _tsp.TimeStampReq(
                {
                    "version": "v1",
                    "message_imprint": {
                        "hash_algorithm": {"algorithm": "sha256"},
                        "hashed_message": bytes(20),
                    },
                }
            ).dump(),
            "bad_data_format",
        ),
    ],
    ids=("empty", "BER", "octets behind", "version", "SHA-1", "a short imprint"),
)
def test_a_bad_request_is_refused_in_words(served: Served, body: bytes, failure: str) -> None:
    """A TimeStampResp with a PKIFailureInfo that another implementation reads."""
    (element,) = parse_element(served.ask(body), SEQUENCE).children()
    status = _tsp.PKIStatusInfo.load(element.encoded, strict=True)
    assert (status["status"].native, status["fail_info"].native) == ("rejection", {failure})
    assert status["status_string"].native


@pytest.mark.parametrize(
    ("method", "path", "body", "kind", "status"),
    [
        ("POST", "/tsa", b"", "text/plain", 415),
        ("POST", "/tsa", bytes(70_000), _QUERY, 413),
        ("POST", "/root.crl", b"", _QUERY, 404),
        ("GET", "/tsa", b"", _QUERY, 404),
        ("PUT", "/tsa", b"", _QUERY, 501),
    ],
)
def test_http_that_is_no_question_is_an_error(
    served: Served, method: str, path: str, body: bytes, kind: str, status: int
) -> None:
    """Another type, too much, elsewhere, and another method."""
    assert served.send(method, path, body, kind)[0] == status


def test_an_environment_from_before_publishes_the_rest(tmp_path: Path) -> None:
    """It has no TSA: nothing answers, and no URL is printed."""
    layout = _make(tmp_path / "lab")
    layout.tsa_key.unlink()
    with LabPublisher(layout, 0) as server:
        assert not any(url.endswith("/tsa") for url in server.urls)


def test_a_timestamp_is_rehearsed_out_of_the_box(story: Story, tmp_path: Path) -> None:
    """While `lab serve` runs, `--timestamp` proves a time; when the TSA is revoked it proves nothing."""
    lab, signed = story.lab, tmp_path / "signed.xlsx"
    process = subprocess.Popen(
        command_line(["lab", "serve", "--dir", lab.folder]),
        env=environment(),
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        urls = [process.stdout.readline().strip() for _ in range(5)]
        assert f'urls = ["{urls[-1]}"]' in lab.configuration.read_text(encoding="utf-8")
        lab.do("sign", story.form, "--as", "manufacturer", "--timestamp", "-o", signed)
    finally:
        process.terminate()
        process.wait(timeout=30)
    (before,) = lab.verify(signed, first_only=True).signatures
    assert before.proven is not None
    assert "TEST IKI Time Stamping Authority" in before.proven.authority.subject
    lab.revoke("tsa", "keyCompromise")
    (after,) = lab.verify(signed, first_only=True).signatures
    assert after.proven is None
