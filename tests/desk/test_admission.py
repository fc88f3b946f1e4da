"""Whoever is not the desk's own page: other sites, other users, other names, and what they send."""

import csv
import io
import stat
import sys
from collections.abc import Mapping

import pytest
from playwright.sync_api import Browser

from tests.support.desk import DeskProcess
from tests.support.lab import Story

_GETS = ("/", "/desk.js", "/desk.css", "/icon.svg", "/api/verdicts.csv", "/report/x", "/api/signed/x")
_POSTS = ("/api/session", "/api/verify", "/api/clear", "/api/reviews", "/api/reviews/x/sign")


@pytest.mark.parametrize("host", ["evil.example", "localhost", "127.0.0.1", "127.0.0.1:1", "[::1]", ""])
def test_another_host_is_refused(desk: DeskProcess, host: str) -> None:
    """A name that was rebound to 127.0.0.1 gets nothing: no page, no session, not even with the token."""
    session = desk.open()
    for path in _GETS:
        refused = desk.ask("GET", path, headers=session | {"Host": host})
        assert (refused.status, refused.code) == (421, "desk-host")
    for path in (*_POSTS, "/nowhere"):
        assert desk.ask("POST", path, b"x", session | {"Host": host}).code == "desk-host"
    assert desk.ask("POST", "/api/session", desk.token.encode(), {"Host": host}).status == 421


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1", "http://localhost:1"])
def test_another_origin_is_refused(desk: DeskProcess, origin: str) -> None:
    """Whatever another site's script sends is refused, also with the session."""
    session = desk.open()
    for path in (*_POSTS, "/nowhere"):
        refused = desk.ask("POST", path, desk.token.encode(), session | {"Origin": origin})
        assert (refused.status, refused.code) == (403, "desk-origin")
    assert desk.ask("GET", "/api/verdicts.csv", headers=session | {"Origin": origin}).code == "desk-origin"
    own = session | {"Origin": f"http://{desk.host}"}
    assert desk.ask("GET", "/api/verdicts.csv", headers=own).status == 200


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_request_that_another_site_made_is_refused(desk: DeskProcess, site: str) -> None:
    """Links from elsewhere lead to the entrance alone; our script is in nobody else's page."""
    headers = {"Sec-Fetch-Site": site}
    assert desk.ask("GET", "/", headers=headers).status == 200
    for path in _GETS[1:]:
        assert desk.ask("GET", path, headers=headers).code == "desk-origin"


def test_a_token_opens_one_page(desk: DeskProcess) -> None:
    """It is good once; a new page's session ends the one before, and what that one had is gone."""
    token = desk.token
    first = desk.open()
    used = desk.ask("POST", "/api/session", token.encode())
    assert (used.status, used.code) == (401, "desk-token")
    assert desk.ask("GET", "/api/verdicts.csv", headers=first).status == 200
    second = desk.open()
    assert desk.ask("GET", "/api/verdicts.csv", headers=first).code == "desk-session"
    assert desk.ask("GET", "/api/verdicts.csv", headers=second).status == 200


@pytest.mark.parametrize("token", [b"", b"x", b"x" * 1000, b"\xff\x00", "é".encode()])
def test_a_wrong_token_opens_nothing(desk: DeskProcess, token: bytes) -> None:
    """And the right one stays good."""
    assert desk.ask("POST", "/api/session", token).code == "desk-token"
    desk.open()


@pytest.mark.parametrize("headers", [{}, {"Iki-Session": "é"}, {"Cookie": "Iki-Session=x"}])
def test_nothing_is_done_without_the_session(desk: DeskProcess, headers: Mapping[str, str]) -> None:
    """Neither judged, signed, cleared nor read."""
    desk.open()
    given = {name: value.encode().decode("latin-1") for name, value in headers.items()}
    for path in _POSTS[1:]:
        refused = desk.ask("POST", path, b"x", given)
        assert (refused.status, refused.code) == (401, "desk-session")
    for path in ("/api/verdicts.csv", "/api/signed/x", "/api/reviews/x/notices"):
        assert desk.ask("GET", path, headers=given).code == "desk-session"


def test_methods_and_paths(desk: DeskProcess) -> None:
    """GET where POST belongs changes nothing; paths lead to our own files and no others."""
    session = desk.open()
    for path in _POSTS:
        refused = desk.ask("GET", path, headers=session)
        assert (refused.status, refused.code, refused.headers["Allow"]) == (405, "method-unknown", "POST")
    for path in ("/desk.html", "/../state.py", "/%2e%2e/state.py", "/page/desk.js", "/desk.js/..", "/api"):
        assert desk.ask("GET", path, headers=session).code == "path-unknown"
    assert desk.ask("GET", "/report/..%2f..%2fetc%2fpasswd").code == "desk-gone"
    assert desk.ask("GET", "/api/signed/..%2f..%2fetc%2fpasswd", headers=session).code == "desk-gone"


def test_every_answer_says_how_little_it_may_do(desk: DeskProcess) -> None:
    """Nothing external, no framing, no guessing of types, no keeping; and no cookie."""
    session = desk.open()
    cleared = desk.ask("POST", "/api/clear", b"", session)
    for answer in (desk.ask("GET", "/"), desk.ask("GET", "/nowhere"), cleared):
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert "Set-Cookie" not in answer.headers
        assert "Access-Control-Allow-Origin" not in answer.headers


def test_a_document_that_is_too_large(desk: DeskProcess) -> None:
    """It is refused by what it says of its size, before any of it is kept."""
    session = desk.open()
    said = session | {"Content-Length": str(2**40)}
    for path in ("/api/verify?name=a", "/api/reviews?name=a&signer=manufacturer"):
        refused = desk.ask("POST", path, b"", said)
        assert (refused.status, refused.code) == (413, "body-too-large")
    assert desk.ask("POST", "/api/verify?name=a", b"", session).code == "document-missing"
    assert desk.files() == []


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\x\\form.xlsx", "form.xlsx"),
        ("..", "document"),
        ("", "document"),
        ("a\u202exslx.exe", "a_e2_80_aexslx.exe"),
        ("a\r\nSet-Cookie: x.xlsx", "a_0d_0aSet-Cookie_ x.xlsx"),
        ("<b>", "_b_"),
        ("x" * 5000, "x" * 200),
    ],
)
def test_names_are_no_paths(desk: DeskProcess, name: str, shown: str) -> None:
    """What a document is called is shown without folders, directions and control characters."""
    session = desk.open()
    assert desk.verify(session, name, b"no workbook").json["name"] == shown


def test_a_csv_calculates_nothing(desk: DeskProcess) -> None:
    """A name that a spreadsheet program would take for a formula is text."""
    session = desk.open()
    desk.verify(session, "=1+1.xlsx", b"no workbook")
    answer = desk.ask("GET", "/api/verdicts.csv", headers=session)
    [record] = csv.DictReader(io.StringIO(answer.body.decode("utf-8-sig")))
    assert record["name"].startswith("'=1")


@pytest.mark.skipif(sys.platform == "win32", reason="no modes there")
def test_files_are_private_and_go(desk: DeskProcess, asking_story: Story) -> None:
    """What is on the desk lies in a folder of the user's alone, and is gone when the desk is cleared."""
    session = desk.open()
    assert desk.verify(session, "a.xlsx", asking_story.countersigned.read_bytes()).status == 200
    [report] = desk.files()
    assert stat.S_IMODE(report.stat().st_mode) == 0o600
    assert stat.S_IMODE(report.parent.stat().st_mode) == 0o700
    assert desk.ask("POST", "/api/clear", b"", session).status == 200
    assert desk.files() == []


def test_another_site_in_the_same_browser(browser: Browser, desk: DeskProcess, asking_story: Story) -> None:
    """A form, a script and a frame of another origin get nothing done and see nothing."""
    session = desk.open()
    assert desk.verify(session, "a.xlsx", asking_story.countersigned.read_bytes()).status == 200
    context = browser.new_context()
    page = context.new_page()
    other = "<!DOCTYPE html><p>other"
    page.route("http://other.example/", lambda route: route.fulfill(body=other, content_type="text/html"))
    page.goto("http://other.example/")
    address = f"http://{desk.host}/api/clear"
    seen = page.evaluate(
        """async (address) => {
            const tries = [{method: 'POST', mode: 'no-cors', body: 'x'}, {method: 'POST', body: 'x'},
                           {method: 'POST', headers: {'Iki-Session': 'x'}, body: 'x'}];
            return Promise.all(tries.map((each) => fetch(address, each).then((r) => r.type, () => 'failed')));
        }""",
        address,
    )
    assert set(seen) <= {"opaque", "failed"}
    page.set_content(f"<form method=post action='{address}'><input name=a><button>Go</button></form>")
    page.click("button")
    page.wait_for_load_state()
    # refused by the desk, or by the browser, which may ask before it lets a site reach loopback
    assert "desk-origin" in page.content() or page.url.startswith(("chrome-error:", "http://other.example/"))
    assert "a.xlsx" in desk.ask("GET", "/api/verdicts.csv", headers=session).body.decode("utf-8-sig")
    context.close()
