"""`iki crl` and `iki lab serve` as people run them, and sign and verify on the lists that they bring."""

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.crls.support import answering, free_port, serving
from tests.support.lab import Lab, Story, command_line, environment, run_iki


@contextmanager
def _published(lab: Lab) -> Iterator[dict[str, str]]:
    """Run `iki lab serve`; gives its URLs by file name."""
    process = subprocess.Popen(
        command_line(["lab", "serve", "--dir", lab.folder]),
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        urls = [process.stdout.readline().strip() for _ in range(4)]
        yield {url.rpartition("/")[2]: url for url in urls}
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=10)


def _use_urls(lab: Lab, *urls: str) -> None:
    """Configure URLs instead of the folder, and a store that has seen nothing."""
    lab.configure('crls = ["crl"]', f"crls = {list(urls)}".replace("'", '"'))
    lab.configure('store = "crls.sqlite"', 'store = "other.sqlite"')


def test_the_whole_process_by_url(story: Story) -> None:
    """Sign fetches on demand; a revocation arrives by `crl fetch`; an older list is refused and told."""
    lab = story.lab
    with _published(lab) as urls:
        _use_urls(lab, urls["root.crl"], urls["issuing.crl"])
        nothing = lab.iki("verify", story.countersigned)
        assert (nothing.status, nothing.stderr) == (5, "")
        lab.sign(story.form, story.form.with_suffix(".url.xlsx"))
        lab.do("verify", story.countersigned)
        old = (lab.crls / "issuing.crl").read_bytes()
        lab.do("lab", "revoke", "manufacturer")
        assert lab.iki("verify", story.countersigned).status == 0
        lab.do("crl", "fetch")
        assert lab.iki("verify", story.countersigned).status == 5
        (lab.crls / "issuing.crl").write_bytes(old)
        refused = lab.iki("crl", "fetch", "--json")
        assert refused.status == 3
        assert [item["error"] for item in refused.json] == [None, "crl-rollback"]
        status = lab.iki("crl", "status", "--json").json
        assert [item["state"] for item in status["issuers"]] == ["fresh", "fresh"]
        assert [item["code"] for item in status["incidents"]] == ["crl-rollback"]
    assert lab.iki("verify", story.countersigned).status == 5


def test_without_its_url_signing_is_refused_with_the_reason(story: Story) -> None:
    """The note about the source stands beside the refusal; `fetch_on_demand = false` asks nobody."""
    lab, url = story.lab, f"http://127.0.0.1:{free_port()}/issuing.crl"
    _use_urls(lab, url)
    arguments = ("sign", story.form, "--as", "manufacturer", "-o", story.form.with_suffix(".no.xlsx"))
    run = lab.iki(*arguments)
    assert (run.status, run.stdout) == (3, "")
    assert "crl-http-unreachable" in run.stderr
    assert lab.read_audit()[-1]["outcome"] == "refused"
    assert "crl-http-unreachable" in [item["code"] for item in lab.read_audit()[-1]["findings"]]
    lab.configure("[crl]", "[crl]\nfetch_on_demand = false")
    quiet = lab.iki(*arguments)
    assert (quiet.status, "crl-http-unreachable" in quiet.stderr) == (3, False)


def test_a_rollback_by_file_is_told_by_sign_and_verify(story: Story) -> None:
    """A list put back to an older one: the last good list is used, and both commands say so."""
    lab = story.lab
    old = (lab.crls / "issuing.crl").read_bytes()
    lab.do("lab", "revoke", "dcc")
    assert lab.iki("crl", "status").status == 0
    (lab.crls / "issuing.crl").write_bytes(old)
    output = story.form.with_suffix(".again.xlsx")
    signed = lab.iki("sign", story.form, "--as", "manufacturer", "-o", output)
    assert signed.status == 0
    assert any("crl-rollback" in line for line in signed.lines("warning"))
    verified = lab.iki("verify", story.countersigned, "--json")
    assert (verified.status, "crl-rollback" in verified.stdout) == (0, True)


def test_import_show_and_status(story: Story) -> None:
    """What is imported is shown; what nobody configured signed is refused."""
    lab = story.lab
    _use_urls(lab)
    absent = lab.iki("crl", "status", "--json")
    assert (absent.status, {item["state"] for item in absent.json["issuers"]}) == (5, {"absent"})
    first = lab.do("crl", "import", lab.crls / "root.crl", lab.crls / "issuing.crl").stdout
    again = lab.do("crl", "import", lab.crls).stdout
    assert (first.count("new "), again.count("unchanged ")) == (2, 2)
    shown = lab.do("crl", "show", "--json").json
    in_file = run_iki("crl", "show", lab.crls / "root.crl", "--json").json
    assert in_file[0]["sha256"] in {item["sha256"] for item in shown}
    assert lab.iki("crl", "status").status == 0
    lab.do("verify", story.countersigned)
    page = lab.folder / "page.crl"
    page.write_text("<html>Sign in</html>")
    run = lab.iki("crl", "import", page)
    assert (run.status, run.stdout, len(run.lines("hint"))) == (8, "", 1)


def test_a_foreign_list_is_not_imported(story: Story, tmp_path: Path) -> None:
    """Exit status 3, one error line and its hint."""
    from tests.pki.support import make_crl, make_hierarchy  # noqa: PLC0415 - keys for this test alone

    foreign = tmp_path / "foreign.crl"
    foreign.write_bytes(make_crl(make_hierarchy().root).der)
    run = story.lab.iki("crl", "import", foreign)
    assert (run.status, run.stdout, len(run.lines("error")), len(run.lines("hint"))) == (3, "", 1, 1)


def test_the_states_of_a_list(story: Story) -> None:
    """Stale after nextUpdate; in grace when the policy allows some."""
    from tests.support.lab import from_now  # noqa: PLC0415

    lab = story.lab
    lab.do("lab", "crl", "--this-update", from_now(days=-9), "--next-update", from_now(hours=-1))
    assert {item["state"] for item in lab.iki("crl", "status", "--json").json["issuers"]} == {"stale"}
    policy = lab.folder / "policy.toml"
    policy.write_text("crl_grace_hours = 2\n" + policy.read_text(encoding="utf-8"), encoding="utf-8")
    graced = lab.iki("crl", "status", "--json")
    assert (graced.status, {item["state"] for item in graced.json["issuers"]}) == (5, {"grace"})


def test_watch_fetches_and_ends_in_time(story: Story) -> None:
    """One line for each try, with the next; a failure is told and does not end it."""
    lab = story.lab
    with serving(answering((lab.crls / "issuing.crl").read_bytes())) as url:
        gone = f"http://127.0.0.1:{free_port()}/root.crl"
        _use_urls(lab, f"{url}/issuing.crl", gone)
        run = lab.iki("crl", "watch", "--for", "0.5")
    assert run.status == 0
    assert re.findall(r"^(new|failed) ", run.stdout, re.MULTILINE) == ["new", "failed"]
    assert len(run.lines("error")) == 1


def test_the_lab_publishes_nothing_else(story: Story) -> None:
    """Only its four files can be named, whatever the path."""
    import urllib.error  # noqa: PLC0415
    import urllib.request  # noqa: PLC0415

    with _published(story.lab) as urls:
        base = urls["root.crl"].rpartition("/")[0]
        with urllib.request.urlopen(urls["issuing.cer"], timeout=5) as response:  # noqa: S310
            assert response.headers["Content-Type"] == "application/pkix-cert"
        for path in ("/", "/../config.toml", "/%2e%2e/config.toml", "/pki/test-only-root.key.pem"):
            try:
                with urllib.request.urlopen(base + path, timeout=5) as response:  # noqa: S310
                    status = response.status
            except urllib.error.HTTPError as error:
                status = error.code
                error.close()
            assert status == 404, path


def test_verify_with_named_lists_needs_no_store(story: Story) -> None:
    """Neither configuration nor store is made or read."""
    lab = story.lab
    before = set(lab.folder.rglob("*"))
    run = run_iki("verify", story.countersigned, "--trust-anchor", lab.root, "--crl", lab.crls)
    assert (run.status, set(lab.folder.rglob("*"))) == (0, before)


def test_verify_without_configuration_imports_no_store() -> None:
    """The third party's way starts without SQLite."""
    code = "import sys, agent.service.workspace; sys.exit('sqlite3' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
