"""`iki csr`: a PKCS#10 request signed on the token, as OpenSSL reads it."""

import re
import subprocess
from collections.abc import Callable

import pytest

from agent.exits import ExitStatus
from tests.cli.expect import audited, expect_failed, nothing_changes
from tests.support.lab import KEY_KINDS, SECONDS, Lab, Run, Story, command_line, environment
from tests.support.tools import require_tool

SIGNATURES = {
    "ec-p256": "ecdsa-with-SHA256",
    "ec-p384": "ecdsa-with-SHA384",
    "rsa-2048": "sha256WithRSAEncryption",
    "rsa-3072": "sha256WithRSAEncryption",
}


def read_request(pem: str) -> str:
    """Let OpenSSL verify a request's own signature and say what is in it."""
    command = [require_tool("openssl"), "req", "-verify", "-noout", "-text", "-nameopt", "RFC2253,show_type"]
    finished = subprocess.run(command, input=pem, capture_output=True, text=True, check=True)
    assert "verify OK" in finished.stdout + finished.stderr
    return finished.stdout


@pytest.mark.parametrize("kind", KEY_KINDS)
def test_openssl_verifies_it(labs: Callable[[str], Lab], kind: str) -> None:
    """The shape of IKI requests: O, OU role code, CN, EUI-64, critical digitalSignature, the key's hash."""
    run = labs(kind).iki("csr", "--as", "supplier")
    assert (run.status, run.stderr) == (ExitStatus.OK, "")
    text = read_request(run.stdout)
    for part in ("O=UTF8STRING:TEST Energy Supply Ltd", "OU=", ":02", "CN=", ":TEST CPL supplier"):
        assert part in text
    assert "x500UniqueIdentifier=" in text
    assert re.search(r"X509v3 Key Usage: critical\n +Digital Signature\n", text)
    assert f"Signature Algorithm: {SIGNATURES[kind]}" in text


def test_it_is_written_and_recorded(story: Story) -> None:
    """-o writes PEM; the record says that the key was used, and on what digest."""
    path = story.form.with_name("request.pem")
    with audited(story.lab, ("csr", "released", ())) as added:
        run = story.lab.iki("csr", "--as", "dcc", "-o", path)
    assert (run.status, run.stderr) == (ExitStatus.OK, "")
    assert "TEST CPL approver" in read_request(path.read_text())
    assert "token=dcc" in added[0]["key_uri"]
    assert len(added[0]["signed_digest"]) == 64


def test_the_private_key_is_nowhere_in_a_file(shared_story: Story) -> None:
    """Of the rehearsal's private keys only the test CAs' and TSA's are in files, and say so by name."""
    holders = [
        path.name
        for path in shared_story.lab.folder.rglob("*")
        if path.is_file() and b"PRIVATE KEY" in path.read_bytes()
    ]
    assert sorted(holders) == [f"test-only-{each}.key.pem" for each in ("issuing", "root", "tsa")]


def test_an_output_that_is_there_is_kept(story: Story) -> None:
    """And the key was not used for nothing."""
    with nothing_changes(story.form.parent), audited(story.lab):
        expect_failed(story.lab.iki("csr", "--as", "dcc", "-o", story.form), ExitStatus.USAGE)


def test_a_wrong_pin_leaves_no_output(story: Story) -> None:
    """Exit 6, on record."""
    story.lab.pin("dcc").write_text("wrong-pin")
    with nothing_changes(story.form.parent), audited(story.lab, ("csr", "failed", ("pin-rejected",))):
        run = story.lab.iki("csr", "--as", "dcc", "-o", story.form.with_name("request.pem"))
        expect_failed(run, ExitStatus.TOKEN)


def test_a_signer_without_subject_is_a_usage_error(story: Story) -> None:
    """There is nothing to ask a certificate for; the hint names the table to add."""
    text = story.lab.configuration.read_text()
    start = text.index("[signers.dcc.subject]")
    story.lab.configuration.write_text(text[:start])
    run = story.lab.iki("csr", "--as", "dcc")
    expect_failed(run, ExitStatus.USAGE)
    assert "[signers.dcc.subject]" in run.lines("hint")[0]


def test_a_closed_standard_output_would_take_the_request(story: Story) -> None:
    """`>&-` without -o: nothing else has the request, so no key is used for it."""
    command = command_line(("csr", "--as", "dcc"))
    with audited(story.lab):
        finished = subprocess.run(
            ["sh", "-c", 'exec "$@" >&-', "sh", *command],
            env=environment(IKI_CONFIG=str(story.lab.configuration)),
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
    expect_failed(Run(finished.returncode, finished.stdout, finished.stderr), ExitStatus.USAGE)
