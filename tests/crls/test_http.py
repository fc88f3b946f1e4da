"""Fetching from servers on loopback that lie in each way."""

import gzip
import time
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from agent.config.crl import CRLSettings
from agent.config.fetching import FetchLimits
from agent.pki.pem import to_pem
from agent.service.crls.fetching import Change, FetchOutcome, fetch_crl, list_due
from agent.service.crls.store import CRLStore
from tests.crls.support import AUTHORITIES, MADE, Answer, answering, free_port, serving
from tests.pki.support import DAY, NOW, Entry, make_crl, make_key

SETTINGS = CRLSettings(limits=FetchLimits(timedelta(seconds=10), 100_000, 3))
_CRL = make_crl(MADE.issuing, [Entry(9)], number=5)


@pytest.fixture
def store(tmp_path: Path) -> CRLStore:
    """Make a store that has a good list from a URL already."""
    return CRLStore(tmp_path / "crls.sqlite")


def _fetch(store: CRLStore, answer: Answer, settings: CRLSettings = SETTINGS) -> FetchOutcome:
    with serving(answer) as url:
        return fetch_crl(store, f"{url}/a.crl", settings, AUTHORITIES)


def _code(outcome: FetchOutcome) -> str:
    assert outcome.change is Change.FAILED
    assert outcome.error is not None
    return outcome.error.code


@pytest.mark.parametrize("kind", ["application/pkix-crl", "text/html", "text/plain; charset=utf-8"])
@pytest.mark.parametrize("body", [_CRL.der, to_pem("X509 CRL", _CRL.der)], ids=["der", "pem"])
def test_a_list_is_a_list_whatever_it_is_called(store: CRLStore, kind: str, body: bytes) -> None:
    """DER or PEM, whatever the Content-Type."""
    assert _fetch(store, answering(body, Content_Type=kind)).change is Change.NEW
    assert [crl.sha256 for crl in store.list_crls() if not crl.refused] == [_CRL.sha256]


def _cut_chunk(exchange: BaseHTTPRequestHandler) -> None:
    exchange.send_response(200)
    exchange.send_header("Transfer-Encoding", "chunked")
    exchange.end_headers()
    exchange.wfile.write(b"%x\r\n" % len(_CRL.der) + _CRL.der[:50])


def _endless(exchange: BaseHTTPRequestHandler) -> None:
    exchange.send_response(200)
    exchange.end_headers()
    piece = b"\x30" * 50_000
    for _ in range(100):
        exchange.wfile.write(piece)


_PAGE = b"\xef\xbb\xbf\r\n <!DOCTYPE html><title>Sign in</title>"
_LIES: dict[str, tuple[Answer, str]] = {
    "page": (answering(_PAGE, Content_Type="application/pkix-crl"), "crl-page"),
    "nothing": (answering(b""), "crl-malformed"),
    "noise": (answering(b"\0" * 500), "crl-malformed"),
    "short-body": (answering(_CRL.der[:-20], Content_Length=str(len(_CRL.der))), "crl-http-truncated"),
    "short-chunk": (_cut_chunk, "crl-http-truncated"),
    "short-list": (answering(_CRL.der[:-20]), "crl-malformed"),
    "trailing-octets": (answering(_CRL.der + b"\n<html>"), "crl-malformed"),
    "endless": (_endless, "crl-http-too-large"),
    "not-found": (answering(_CRL.der, status=404), "crl-http-status"),
    "server-error": (answering(_CRL.der, status=503), "crl-http-status"),
    "partial": (answering(_CRL.der, status=206), "crl-http-status"),
    "not-modified-unasked": (answering(b"", status=304), "crl-http-status"),
    "compressed": (answering(gzip.compress(_CRL.der), Content_Encoding="gzip"), "crl-http-encoding"),
    "to-a-file": (answering(b"", status=302, Location="file:///etc/passwd"), "crl-http-redirect"),
    "to-ftp": (answering(b"", status=301, Location="ftp://127.0.0.1/a.crl"), "crl-http-redirect"),
    "to-data": (answering(b"", status=307, Location="data:,x"), "crl-http-redirect"),
    "in-a-circle": (answering(b"", status=302, Location="/a.crl"), "crl-http-redirect"),
    "to-nowhere": (answering(b"", status=302), "crl-http-redirect"),
    "to-a-file-by-uri": (
        answering(b"", status=302, URI="file:///etc/passwd"),
        "crl-http-redirect",
    ),
    "forged": (answering(make_crl(MADE.issuing, key=make_key("forger")).der), "crl-signature-wrong"),
    "a-stranger": (answering(make_crl(MADE.signer).der), "crl-issuer-unknown"),
    "older": (answering(make_crl(MADE.issuing, number=4).der), "crl-rollback"),
    "another": (answering(make_crl(MADE.issuing, number=5).der), "crl-fork"),
}


@pytest.mark.parametrize("lie", _LIES)
def test_a_lie_is_refused_and_the_last_good_list_kept(store: CRLStore, lie: str) -> None:
    """Each has its code; what was there answers as before, and the failure is remembered."""
    store.add(_CRL, signer=MADE.issuing.certificate.spki_der, place="before", now=NOW)
    answer, code = _LIES[lie]
    outcome = _fetch(store, answer)
    assert _code(outcome) == code
    (source,) = store.list_sources()
    assert (source.code, source.failures) == (code, 1)
    assert [crl.sha256 for crl in store.list_crls() if not crl.refused] == [_CRL.sha256]


@pytest.mark.parametrize("slow", ["headers", "body"])
def test_a_server_that_drips_is_left(store: CRLStore, slow: str) -> None:
    """The limit is for the whole, not for each octet."""

    def drip(exchange: BaseHTTPRequestHandler) -> None:
        if slow == "body":
            exchange.send_response(200)
            exchange.end_headers()
        try:
            for _ in range(60):
                exchange.wfile.write(b"x")
                time.sleep(0.1)
        except OSError:
            return

    settings = CRLSettings(limits=replace(SETTINGS.limits, timeout=timedelta(seconds=0.5)))
    started = time.monotonic()
    assert _code(_fetch(store, drip, settings)) == "crl-http-timeout"
    assert time.monotonic() - started < 4


def test_a_server_that_is_not_there(store: CRLStore) -> None:
    """Failures are counted, for the back-off."""
    url = f"http://127.0.0.1:{free_port()}/a.crl"
    outcomes = [fetch_crl(store, url, SETTINGS, AUTHORITIES) for _ in range(2)]
    assert [_code(outcome) for outcome in outcomes] == ["crl-http-unreachable"] * 2
    assert [source.failures for source in store.list_sources()] == [2]


def test_redirects_are_followed_up_to_the_limit(store: CRLStore) -> None:
    """Three are allowed here, a fourth is not."""

    def hop(exchange: BaseHTTPRequestHandler) -> None:
        left = int(exchange.path.strip("/"))
        answer = answering(b"", status=302, Location=f"/{left - 1}") if left else answering(_CRL.der)
        answer(exchange)

    with serving(hop) as url:
        assert fetch_crl(store, f"{url}/3", SETTINGS, AUTHORITIES).change is Change.NEW
        assert _code(fetch_crl(store, f"{url}/4", SETTINGS, AUTHORITIES)) == "crl-http-redirect"
        patient = CRLSettings(limits=replace(SETTINGS.limits, max_redirects=12))
        assert fetch_crl(store, f"{url}/12", patient, AUTHORITIES).error is None, "urllib's own limit is 10"


def test_what_has_not_changed_is_not_sent_again(store: CRLStore) -> None:
    """ETag and Last-Modified go back to the server; `force` asks for all."""
    asked: list[tuple[str | None, str | None]] = []

    def answer(exchange: BaseHTTPRequestHandler) -> None:
        asked.append((exchange.headers["If-None-Match"], exchange.headers["If-Modified-Since"]))
        if asked[-1][0]:
            answering(b"", status=304)(exchange)
        else:
            answering(_CRL.der, ETag='"one"', Last_Modified="Sat, 21 Nov 2026 09:00:00 GMT")(exchange)

    with serving(answer) as url:
        changes = [
            fetch_crl(store, url, SETTINGS, AUTHORITIES, force=force).change for force in (False, False, True)
        ]
    assert changes == [Change.NEW, Change.UNCHANGED, Change.UNCHANGED]
    assert asked == [(None, None), ('"one"', "Sat, 21 Nov 2026 09:00:00 GMT"), (None, None)]


def test_the_proxy_of_the_environment_is_used(store: CRLStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """A host that does not exist is reached through it."""
    seen: list[str] = []

    def proxy(exchange: BaseHTTPRequestHandler) -> None:
        seen.append(exchange.path)
        answering(_CRL.der)(exchange)

    with serving(proxy) as url:
        monkeypatch.setenv("http_proxy", url)
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        outcome = fetch_crl(store, "http://crl.invalid/a.crl", SETTINGS, AUTHORITIES)
    assert (outcome.change, seen) == (Change.NEW, ["http://crl.invalid/a.crl"])


def test_a_url_is_due_when_its_list_is_missing_or_has_run_out(store: CRLStore) -> None:
    """At nextUpdate it is not yet, a second later it is."""
    with serving(answering(_CRL.der)) as url:
        assert list_due(store, [url], store.list_crls(), NOW) == (url,)
        fetch_crl(store, url, SETTINGS, AUTHORITIES)
        for at, due in ((NOW + DAY, ()), (NOW + DAY + timedelta(seconds=1), (url,))):
            assert list_due(store, [url], store.list_crls(), at) == due
