"""`iki lab`: a rehearsal environment in one command, and its bad days."""

import re
import subprocess
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from agent.exits import ExitStatus
from agent.verdicts import PASSED
from tests.cli.expect import expect_failed, nothing_changes
from tests.support.lab import NOWHERE, Story, from_now, run_iki, sha256
from tests.support.softhsm import require_softhsm
from tests.support.tools import require_tool

PARTIES = ("manufacturer", "supplier", "dcc")


def read_certificate(path: Path) -> str:
    """Let OpenSSL say what is in a certificate."""
    return _openssl("x509", "-in", path, "-noout", "-text", "-nameopt", "RFC2253")


def read_crl(path: Path) -> str:
    """Let OpenSSL say what is in a CRL."""
    return _openssl("crl", "-in", path, "-inform", "DER", "-noout", "-text")


def _openssl(*arguments: str | Path) -> str:
    command = [require_tool("openssl"), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def _serial(path: Path) -> str:
    return _openssl("x509", "-in", path, "-noout", "-serial").strip().removeprefix("serial=")


@pytest.mark.parametrize("name", PARTIES)
def test_certificates_have_the_shape_of_the_industry(shared_story: Story, name: str) -> None:
    """Critical keyUsage digitalSignature, policies, AKI; no EKU, no distribution point; TEST subjects."""
    text = read_certificate(shared_story.lab.certificate(name))
    for there in (
        "X509v3 Key Usage: critical",
        "Digital Signature",
        "X509v3 Certificate Policies",
        "X509v3 Authority Key Identifier",
        "TEST",
    ):
        assert there in text
    for absent in ("Extended Key Usage", "CRL Distribution", "Non Repudiation", "CA:TRUE"):
        assert absent not in text


def test_openssl_builds_the_path_and_reads_the_crls(shared_story: Story, tmp_path: Path) -> None:
    """Root, issuing CA, end entity, with a CRL of both CAs: OpenSSL's own path validation."""
    lab = shared_story.lab
    crls = tmp_path / "crls.pem"
    for path in sorted(lab.crls.iterdir()):
        pem = _openssl("crl", "-in", path, "-inform", "DER")
        crls.write_text((crls.read_text() if crls.exists() else "") + pem)
    for name in PARTIES:
        said = _openssl(
            "verify",
            "-x509_strict",
            "-crl_check_all",
            "-CRLfile",
            crls,
            "-CAfile",
            lab.root,
            "-untrusted",
            lab.issuing,
            lab.certificate(name),
        )
        assert said.endswith(": OK\n")


def test_secrets_are_their_owners_alone(shared_story: Story) -> None:
    """PINs, the test CAs' keys, and the folder of tokens."""
    folder = shared_story.lab.folder
    secret = [*(folder / "pins").iterdir(), *(folder / "pki").glob("*.key.pem"), folder / "tokens"]
    assert [path for path in secret if path.stat().st_mode & 0o077] == []


def test_it_is_used_as_it_says(tmp_path: Path) -> None:
    """What `lab up` prints as IKI_CONFIG works, from a relative folder too."""
    require_softhsm()
    run = run_iki("lab", "up", "--dir", "here", cwd=tmp_path)
    assert run.status == ExitStatus.OK
    configuration = run.stdout.rpartition("IKI_CONFIG=")[2].strip()
    run = run_iki("token", "list", "--json", variables={"IKI_CONFIG": configuration})
    assert sorted(token["label"] for token in run.json) == sorted(PARTIES)


def test_nothing_is_overwritten(story: Story) -> None:
    """A folder with anything in it, or a file, is refused and stays as it is."""
    with nothing_changes(story.lab.folder, story.form.parent):
        expect_failed(run_iki("lab", "up", "--dir", story.lab.folder), ExitStatus.USAGE)
        expect_failed(run_iki("lab", "up", "--dir", story.form), ExitStatus.USAGE)
        expect_failed(run_iki("lab", "up", "--dir", story.form / "lab"), ExitStatus.USAGE)


def test_an_unknown_kind_of_key_makes_nothing(tmp_path: Path) -> None:
    """The hint lists the kinds."""
    run = run_iki("lab", "up", "--dir", tmp_path / "lab", "--key", "dsa-512")
    expect_failed(run, ExitStatus.USAGE)
    assert "ec-p256" in run.lines("hint")[0]
    assert not (tmp_path / "lab").exists()


def test_revoke_publishes_what_openssl_reads(story: Story) -> None:
    """The serial number and the reason are in the issuing CA's next CRL; the other CRL is new too."""
    before = {path: sha256(path) for path in story.lab.crls.iterdir()}
    run = story.lab.do("lab", "revoke", "manufacturer", "--reason", "keyCompromise")
    text = read_crl(story.lab.crls / "issuing.crl")
    serial = _serial(story.lab.certificate("manufacturer"))
    assert f"Serial Number: {serial}" in text
    assert "Key Compromise" in text
    told = re.search(r"\(serial ([0-9A-F]+)\)", run.stdout)
    assert told is not None
    assert int(told[1], 16) == int(serial, 16)
    assert all(sha256(path) != digest for path, digest in before.items())


def test_issue_puts_a_certificate_with_these_dates_in_force(story: Story) -> None:
    """For the same key: it signs at once. The dates are those asked for."""
    before, after = from_now(minutes=-10), from_now(days=7)
    old = _openssl("x509", "-in", story.lab.certificate("manufacturer"), "-noout", "-pubkey")
    story.lab.do("lab", "issue", "manufacturer", "--not-before", before, "--not-after", after)
    path = story.lab.certificate("manufacturer")
    assert _openssl("x509", "-in", path, "-noout", "-pubkey") == old
    dates = _openssl("x509", "-in", path, "-noout", "-dates", "-dateopt", "iso_8601")
    told = [line.partition("=")[2] for line in dates.splitlines()]
    assert [datetime.fromisoformat(line) for line in told] == [
        datetime.fromisoformat(before),
        datetime.fromisoformat(after),
    ]
    output = story.lab.sign(story.form, story.form.with_name("out.xlsx"))
    assert story.lab.verify(output, first_only=True).verdict == PASSED


def test_crl_publishes_these_dates(story: Story) -> None:
    """For both CAs, with a number one higher."""
    story.lab.do("lab", "crl", "--this-update", from_now(days=-3), "--next-update", "2031-02-03")
    for name in ("root", "issuing"):
        text = read_crl(story.lab.crls / f"{name}.crl")
        assert "Next Update: Feb  3 00:00:00 2031 GMT" in text
        assert "X509v3 CRL Number: \n                2\n" in text


BAD: dict[str, tuple[str, ...]] = {
    "unknown party": ("revoke", "nobody"),
    "unknown reason": ("revoke", "dcc", "--reason", "boredom"),
    "unknown party to issue": ("issue", "nobody", "--not-before", "2026-01-01", "--not-after", "2027-01-01"),
    "no time": ("issue", "dcc", "--not-before", "soon", "--not-after", "2027-01-01"),
    "backwards": ("issue", "dcc", "--not-before", "2028-01-01", "--not-after", "2027-01-01"),
    "CRL backwards": ("crl", "--this-update", "2028-01-01", "--next-update", "2027-01-01"),
    "before 1950": ("crl", "--this-update", "1949-01-01", "--next-update", "2027-01-01"),
}


@pytest.mark.parametrize("arguments", BAD.values(), ids=BAD)
def test_what_makes_no_sense_changes_nothing(story: Story, arguments: tuple[str, ...]) -> None:
    """Certificates, CRLs and the registry stay as they are."""
    with nothing_changes(story.lab.folder):
        expect_failed(story.lab.iki("lab", *arguments), ExitStatus.USAGE)


def test_a_time_outside_of_the_calendar_makes_no_sense(story: Story) -> None:
    """An offset may lead before the year 1 or beyond 9999."""
    arguments = ("lab", "crl", "--this-update", "2026-01-01", "--next-update", "9999-12-31T23:59:59-05:00")
    with nothing_changes(story.lab.folder):
        expect_failed(story.lab.iki(*arguments), ExitStatus.USAGE)


def test_revoked_twice_is_told(story: Story) -> None:
    """The second time there is nothing to revoke."""
    story.lab.revoke("dcc")
    with nothing_changes(story.lab.folder):
        expect_failed(story.lab.iki("lab", "revoke", "dcc"), ExitStatus.USAGE)


@pytest.mark.parametrize(
    "arguments",
    [
        ("revoke", "dcc"),
        ("issue", "dcc", "--not-before", "2026-01-01", "--not-after", "2027-01-01"),
        ("crl", "--this-update", "2026-01-01", "--next-update", "2027-01-01"),
    ],
    ids=lambda arguments: arguments[0],
)
def test_where_there_is_no_rehearsal_nothing_is_made(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    """Neither in the folder named nor beside the configuration."""
    with nothing_changes(tmp_path):
        expect_failed(run_iki("lab", *arguments, "--dir", tmp_path), ExitStatus.USAGE)
        expect_failed(run_iki("--config", NOWHERE, "lab", *arguments), ExitStatus.USAGE)


TAMPER: dict[str, Callable[[Story], Path]] = {
    "no workbook": lambda story: story.image,
    "nowhere": lambda story: story.form.with_name("nowhere.xlsx"),
}


@pytest.mark.parametrize("choose", TAMPER.values(), ids=TAMPER)
def test_tamper_needs_a_workbook(story: Story, choose: Callable[[Story], Path]) -> None:
    """And leaves no output without one."""
    file = choose(story)
    with nothing_changes(story.form.parent):
        run = story.lab.iki("lab", "tamper", file, "-o", file.with_name("out.xlsx"))
        expect_failed(run, ExitStatus.USAGE if file.suffix == ".xlsx" else ExitStatus.DOCUMENT)


def test_tamper_never_touches_its_input(story: Story) -> None:
    """Also the attacker's output is a new file."""
    with nothing_changes(story.form.parent):
        run = story.lab.iki("lab", "tamper", story.signed, "-o", story.signed, "--force")
        expect_failed(run, ExitStatus.USAGE)
