"""TSAs asked over HTTP: `openssl ts` behind a server, servers that lie in each way, and who is next."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from agent.config.fetching import FetchLimits
from agent.config.policy import default_policy
from agent.config.timestamp import TimestampSettings
from agent.findings import Level
from agent.pki.trust import TimestampTrust, TrustStore
from agent.service.timestamping import AcquiredTimestamp, TimestampUnavailableError, acquire_timestamp
from tests.crls.support import free_port
from tests.pki.support import Entry, make_key, usage
from tests.support.tokens import (
    POLICY,
    TIME_STAMPING,
    TSA_SERIAL,
    Authority,
    make_rejection,
    make_reply,
    make_token,
    make_tsa,
    read_request,
)
from tests.support.tools import require_tool
from tests.support.tsa import Answer, make_openssl_authority, serving_tsa

_OCTETS = b"a signature value"
_REPLY = "application/timestamp-reply"
_LIMITS = FetchLimits(timedelta(seconds=10), 64 * 1024, 0)


def _ask(
    *urls: str,
    tsa: Authority,
    limits: FetchLimits = _LIMITS,
    revoked: tuple[Entry, ...] = (),
    **settings: Any,
) -> AcquiredTimestamp:
    now = datetime.now(UTC).replace(microsecond=0)
    timestamps = TimestampTrust((tsa.root.certificate,), frozenset(settings.get("policies", ())))
    trust = TrustStore((), (), tsa.crls(now, *revoked), timestamps=timestamps)
    return acquire_timestamp(
        "/part",
        _OCTETS,
        urls,
        settings=TimestampSettings(limits=limits, **settings),
        trust=trust,
        policy=default_policy(),
    )


def _failure(answer: Answer, tsa: Authority | None = None, **arguments: Any) -> str:
    """Ask one TSA, and return the code of why its answer would not do."""
    with serving_tsa(answer) as url, pytest.raises(TimestampUnavailableError) as raised:
        _ask(url, tsa=tsa or make_tsa(), **arguments)
    assert raised.value.code == "timestamp-unavailable"
    return raised.value.codes[0]


def test_openssl_is_asked_and_believed(tmp_path: Path) -> None:
    """A real TSA, with a policy that is asked for by name."""
    require_tool("openssl")
    tsa = make_openssl_authority(tmp_path)
    with serving_tsa(tsa.answer) as url:
        acquired = _ask(url, tsa=tsa.authority, policies=(POLICY,))
    assert acquired.verdict.proven is not None
    assert acquired.token.info.policy == POLICY
    assert [(note.code, note.level) for note in acquired.notes] == [("timestamp", Level.INFORM)]


def _granting(tsa: Authority, **wrong: Any) -> Answer:
    """Answer with a token that is as it should be, but for what is wrong."""

    def answer(request: bytes) -> tuple[int, str, bytes]:
        imprint, nonce = read_request(request)
        arguments = {
            "imprint": imprint,
            "at": datetime.now(UTC).replace(microsecond=0),
            "nonce": nonce,
            **wrong,
        }
        return 200, _REPLY, make_reply(make_token(authority=tsa, **arguments))

    return answer


def _saying(body: bytes, kind: str = _REPLY, status: int = 200) -> Answer:
    return lambda _: (status, kind, body)


def _retyped(answer: Answer) -> Answer:
    return lambda request: (200, "application/octet-stream", answer(request)[2])


def _slow(_: bytes) -> tuple[int, str, bytes]:
    time.sleep(3)
    return 200, _REPLY, b""


_SIGNING = (usage("digital_signature"), True)
_YEAR = timedelta(days=365)
_NOT_CRITICAL = (_SIGNING, (TIME_STAMPING, False))
_HOSTILE: dict[str, tuple[Callable[[], tuple[Answer, Authority]], str]] = {
    "wrong-nonce": (lambda: _with({"nonce": 5}), "timestamp-nonce-wrong"),
    "no-nonce": (lambda: _with({"nonce": None}), "timestamp-nonce-wrong"),
    "wrong-imprint": (lambda: _with({"imprint": bytes(32)}), "timestamp-imprint-wrong"),
    "another-key": (lambda: _with({"key": make_key("forger")}), "timestamp-signature-wrong"),
    "without-certificate": (lambda: _with({"certificates": ()}), "timestamp-malformed"),
    "future": (lambda: _with({"at": datetime(2080, 1, 1, tzinfo=UTC)}), "timestamp-time"),
    "past": (lambda: _with({"at": datetime(2025, 1, 1, tzinfo=UTC)}), "timestamp-time"),
    "no-eku": (lambda: _with({}, extensions=(_SIGNING,)), "timestamp-purpose"),
    "eku-not-critical": (lambda: _with({}, extensions=_NOT_CRITICAL), "timestamp-purpose"),
    "expired": (lambda: _with({}, end=datetime.now(UTC) - _YEAR / 365), "timestamp-validity"),
    "rejection": (lambda: (_saying(make_rejection()), make_tsa()), "timestamp-not-granted"),
    "garbage": (lambda: (_saying(b"\0" * 300), make_tsa()), "timestamp-malformed"),
    "nothing": (lambda: (_saying(b""), make_tsa()), "timestamp-malformed"),
    "page-as-reply": (lambda: (_saying(b"<!DOCTYPE html>"), make_tsa()), "timestamp-malformed"),
    "page": (lambda: (_saying(b"<html>", "text/html"), make_tsa()), "tsa-http-type"),
    "wrong-type": (lambda: (_retyped(_granting(make_tsa())), make_tsa()), "tsa-http-type"),
    "too-large": (lambda: (_saying(b"0" * 100_000), make_tsa()), "tsa-http-too-large"),
    "not-found": (lambda: (_saying(b"", status=404), make_tsa()), "tsa-http-status"),
    "server-error": (lambda: (_saying(b"", status=500), make_tsa()), "tsa-http-status"),
}


def _with(wrong: dict[str, Any], **certificate: Any) -> tuple[Answer, Authority]:
    tsa = make_tsa(**certificate)
    return _granting(tsa, **wrong), tsa


def test_a_tsa_made_here_is_believed_when_nothing_is_wrong() -> None:
    """What the hostile ones differ from."""
    answer, tsa = _with({})
    with serving_tsa(answer) as url:
        assert _ask(url, tsa=tsa).verdict.proven is not None


@pytest.mark.parametrize("lie", _HOSTILE)
def test_a_hostile_answer_is_refused_for_its_reason(lie: str) -> None:
    """None is taken for a timestamp, and none is anything but an error with a code."""
    make, code = _HOSTILE[lie]
    answer, tsa = make()
    assert _failure(answer, tsa) == code


def test_a_revoked_tsa_or_another_policy_is_no_proof() -> None:
    """What would prove nothing at verification is not taken in at signing."""
    answer, tsa = _with({})
    yesterday = datetime.now(UTC).replace(microsecond=0) - timedelta(days=1)
    assert _failure(answer, tsa, revoked=(Entry(TSA_SERIAL, yesterday),)) == "timestamp-revoked"
    assert _failure(answer, tsa, policies=("2.999.1", "2.999.2")) == "timestamp-policy"
    assert _failure(answer, tsa, policies=("2.999.1",)) == "timestamp-policy-wrong"


def test_a_slow_tsa_is_left() -> None:
    """The limit is for the whole."""
    limits = FetchLimits(timedelta(seconds=0.3), 64 * 1024, 0)
    assert _failure(_slow, limits=limits) == "tsa-http-timeout"


def test_a_redirect_is_not_followed() -> None:
    """What one TSA was asked is not for whoever it points at."""
    assert _failure(_saying(b"", status=307)) in {"tsa-http-status", "tsa-http-redirect"}


def test_the_next_is_asked_and_the_notes_say_why() -> None:
    """In the order given, and no further than the first that will do."""
    good, tsa = _with({})
    asked: list[str] = []

    def counting(request: bytes) -> tuple[int, str, bytes]:
        asked.append("last")
        return good(request)

    nowhere = f"http://127.0.0.1:{free_port()}/tsa"
    with (
        serving_tsa(_saying(make_rejection())) as no,
        serving_tsa(good) as yes,
        serving_tsa(counting) as last,
    ):
        acquired = _ask(nowhere, no, yes, last, tsa=tsa)
    assert [(note.code, note.where) for note in acquired.notes] == [
        ("tsa-http-unreachable", nowhere),
        ("timestamp-not-granted", no),
        ("timestamp", yes),
    ]
    assert asked == []


def test_each_request_has_a_nonce_of_its_own() -> None:
    """Otherwise an old answer would do for a new request."""
    seen: list[bytes] = []

    def answer(request: bytes) -> tuple[int, str, bytes]:
        seen.append(request)
        return 500, _REPLY, b""

    with serving_tsa(answer) as url, pytest.raises(TimestampUnavailableError):
        _ask(url, url, url, tsa=make_tsa())
    assert len({read_request(request)[1] for request in seen}) == 3
