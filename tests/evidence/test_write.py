"""What goes into a bundle, and that the same verdict comes out of it again."""

import hashlib
import json
import subprocess
from collections.abc import Callable
from dataclasses import fields, replace
from datetime import timedelta
from pathlib import Path

import pytest

from agent import __version__
from agent.config.limits import DocumentLimits
from agent.config.parties import parse_parties
from agent.config.policy import parse_policy
from agent.cpl.mapping import default_mapping
from agent.cpl.new import build_form
from agent.errors import DocumentError, UsageError
from agent.findings import Finding, Level
from agent.pki.trust import TimestampTrust, TrustStore
from agent.policy.verdict import Judge
from agent.report.verdict_report import describe_verdict
from agent.roles import Role
from agent.service.evidence import verify_evidence, write_evidence
from agent.verdicts import Indication, SubIndication
from tests.evidence.conftest import Case
from tests.evidence.parts import read_members
from tests.support.signer import NOW, SoftwareLab, make_software_lab
from tests.support.tools import require_tool

LIMITS = DocumentLimits()


def test_a_bundle_holds_what_the_verdict_rests_on(case: Case) -> None:
    """Document, verdict, anchor, issuing CA, both signers and both CRLs, each octet for octet."""
    members = read_members(case.bundle.read_bytes())
    trust = case.judge.trust
    assert members["document.xlsx"] == case.workbook.read_bytes()
    assert members["anchors/001.crt"] == case.lab.authority.root_certificate.der
    assert members["intermediates/001.crt"] == case.lab.authority.issuing_certificate.der
    signers = {signer.certificate.der for signer in case.lab.signers.values()}
    assert {members["signers/001.crt"], members["signers/002.crt"]} < signers
    assert [members["crls/001.crl"], members["crls/002.crl"]] == [crl.der for crl in trust.crls]
    assert len(members) == 9  # and the manifest and the verdict: nothing else


def test_the_manifest_has_a_digest_of_every_member(case: Case) -> None:
    """Anyone can check the bundle with unzip and sha256sum."""
    members = read_members(case.bundle.read_bytes())
    manifest = json.loads(members.pop("manifest.json"))
    listed = {item["name"]: (item["size"], item["sha256"]) for item in manifest["members"]}
    assert listed == {name: (len(data), hashlib.sha256(data).hexdigest()) for name, data in members.items()}
    assert (manifest["tool_version"], manifest["judged_at"]) == (__version__, "2026-11-22T12:00:00Z")
    assert (manifest["policy"], manifest["required"]) == ("built-in", "countersigned")


def test_the_recorded_verdict_is_that_of_iki_verify(case: Case) -> None:
    """The very JSON object, with the file by its name alone: folders are nobody's business."""
    verdict = json.loads(read_members(case.bundle.read_bytes())["verdict.json"])
    evidence = verify_evidence(case.bundle, ceiling=LIMITS)
    assert verdict == describe_verdict(evidence.verdict)
    assert (verdict["file"], verdict["verdict"]) == ("form.xlsx", "TOTAL-PASSED")


def test_the_same_case_makes_the_same_octets(case: Case, tmp_path: Path) -> None:
    """Deterministic: the bundle depends on nothing but the file and what it is judged against."""
    again = write_evidence(tmp_path / "again.zip", case.workbook, case.judge)
    assert (tmp_path / "again.zip").read_bytes() == case.bundle.read_bytes()
    assert again.sha256 == hashlib.sha256(case.bundle.read_bytes()).hexdigest()


def test_unzip_and_openssl_agree(case: Case, tmp_path: Path) -> None:
    """An auditor without this program can open the bundle and check certificates and CRLs."""
    unzip, openssl = require_tool("unzip"), require_tool("openssl")
    subprocess.run([unzip, "-q", case.bundle, "-d", tmp_path], check=True)
    crls = [part for name in ("001", "002") for part in ("-CRLfile", f"crls/{name}.crl")]
    command = [openssl, "verify", "-attime", str(int(NOW.timestamp())), "-crl_check_all", *crls]
    for name in ("anchors/001", "intermediates/001"):
        pem = [openssl, "x509", "-inform", "DER", "-in", f"{name}.crt", "-out", f"{name}.pem"]
        subprocess.run(pem, cwd=tmp_path, check=True)
    command += ["-CAfile", "anchors/001.pem", "-untrusted", "intermediates/001.pem"]
    found = subprocess.run(
        [*command, "signers/001.crt", "signers/002.crt"], cwd=tmp_path, capture_output=True, check=False
    )
    assert (found.returncode, found.stdout.count(b": OK")) == (0, 2), found.stderr


def test_crls_and_anchors_not_relied_on_stay_out(case: Case, tmp_path: Path) -> None:
    """Other anchors and other CAs' CRLs, of which a big store has many, say nothing of this document."""
    other = make_software_lab(tmp_path / "other").judge().trust
    trust = case.judge.trust
    both = TrustStore((*other.anchors, *trust.anchors), (), (*other.crls, *trust.crls))
    write_evidence(tmp_path / "e.zip", case.workbook, replace(case.judge, trust=both))
    members = read_members((tmp_path / "e.zip").read_bytes())
    assert {name for name in members if name.startswith(("anchors", "crls"))} == {
        "anchors/001.crt",
        "crls/001.crl",
        "crls/002.crl",
    }


def _fresh(tmp_path: Path) -> tuple[SoftwareLab, Judge, Path]:
    """Make a case that may be changed."""
    lab = make_software_lab(tmp_path / "pki")
    workbook = tmp_path / "form.xlsx"
    workbook.write_bytes(lab.sign(lab.sign(build_form(example=True, created=NOW)), Role.SUPPLIER))
    return lab, lab.judge(), workbook


def _revoke(lab: SoftwareLab, judge: Judge) -> Judge:
    serial = next(iter(lab.signers.values())).certificate.serial
    lab.authority.revoke(serial, at=NOW - timedelta(minutes=5), reason="keyCompromise")
    return lab.judge(judge.at)


CHANGES: dict[str, tuple[Callable[[SoftwareLab, Judge], Judge], SubIndication]] = {
    "revoked": (_revoke, SubIndication.REVOKED_NO_POE),
    "no CRL": (
        lambda _, judge: replace(judge, trust=replace(judge.trust, crls=())),
        SubIndication.TRY_LATER,
    ),
    "one CRL": (
        lambda _, judge: replace(judge, trust=replace(judge.trust, crls=judge.trust.crls[:1])),
        SubIndication.TRY_LATER,
    ),
    "stale CRLs": (
        lambda _, judge: replace(judge, at=judge.at + timedelta(days=3)),
        SubIndication.TRY_LATER,
    ),
    "expired": (
        lambda _, judge: replace(judge, at=judge.at + timedelta(days=500)),
        SubIndication.OUT_OF_BOUNDS_NO_POE,
    ),
    "no path": (
        lambda _, judge: replace(judge, trust=replace(judge.trust, anchors=())),
        SubIndication.NO_CERTIFICATE_CHAIN_FOUND,
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_verdict_that_is_not_passed_is_kept_and_comes_out_again(name: str, tmp_path: Path) -> None:
    """Why something was refused is what an analyst keeps evidence for."""
    lab, judge, workbook = _fresh(tmp_path)
    change, expected = CHANGES[name]
    written = write_evidence(tmp_path / "e.zip", workbook, change(lab, judge))
    read = verify_evidence(tmp_path / "e.zip", ceiling=LIMITS)
    assert expected in {signature.verdict.sub_indication for signature in read.verdict.signatures}
    assert (read.reproduced, describe_verdict(read.verdict)) == (True, describe_verdict(written.verdict))


def test_the_files_of_the_operator_go_in_as_they_are(case: Case, tmp_path: Path) -> None:
    """Policy file and party register octet for octet, comments too; the mapping as it was understood."""
    policy, register = tmp_path / "p.toml", tmp_path / "r.toml"
    policy.write_bytes(b"# ours\nexpiry_warning_days = 31\n")
    register.write_bytes(
        b"version = 1\n[parties.a]\norganisation = 'TEST manufacturer Ltd'\nroles = ['manufacturer']\n"
    )
    settings = replace(
        parse_policy(policy.read_bytes(), where=str(policy)),
        parties=parse_parties(register.read_bytes(), where=str(register)),
    )
    mapping = replace(default_mapping(), header_rows=7)
    judge = replace(case.judge, settings=settings, mapping=mapping)
    written = write_evidence(tmp_path / "e.zip", case.workbook, judge)
    members = read_members((tmp_path / "e.zip").read_bytes())
    assert members["policy.toml"] == policy.read_bytes()
    assert members["parties.toml"] == register.read_bytes()
    assert str(tmp_path).encode() not in b"".join(members.values())
    policy.unlink()
    register.unlink()
    read = verify_evidence(tmp_path / "e.zip", ceiling=LIMITS)
    assert (read.reproduced, read.bundle.mapping()) == (True, mapping)
    assert (read.verdict.verdict, read.recorded.verdict) == (written.verdict.verdict, "INDETERMINATE")


@pytest.mark.parametrize("name", ["p.toml", "r.toml"])
def test_a_policy_that_changes_meanwhile_is_not_passed_off_as_the_one_used(
    case: Case, tmp_path: Path, name: str
) -> None:
    """The octets in the bundle are those that were parsed, or there is no bundle."""
    register = b"version = 1\n[parties.a]\norganisation = 'A'\nroles = ['dcc']\n"
    (tmp_path / "p.toml").write_bytes(b"crl_grace_hours = 1\n")
    (tmp_path / "r.toml").write_bytes(register)
    settings = replace(
        parse_policy(b"crl_grace_hours = 1\n", where=str(tmp_path / "p.toml")),
        parties=parse_parties(register, where=str(tmp_path / "r.toml")),
    )
    with (tmp_path / name).open("ab") as stream:
        stream.write(b"# changed\n")
    with pytest.raises(UsageError) as caught:
        write_evidence(tmp_path / "e.zip", case.workbook, replace(case.judge, settings=settings))
    assert caught.value.code == "policy-changed"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["p.toml", "r.toml"]


@pytest.mark.parametrize("content", [b"", b"no zip", b"PK\x03\x04" + bytes(40)])
def test_a_document_that_cannot_be_opened_has_evidence_too(
    case: Case, tmp_path: Path, content: bytes
) -> None:
    """TOTAL-FAILED/FORMAT_FAILURE, by any name of file."""
    file = tmp_path / "what came by mail"
    file.write_bytes(content)
    write_evidence(tmp_path / "e.zip", file, case.judge)
    read = verify_evidence(tmp_path / "e.zip", ceiling=LIMITS)
    assert (read.reproduced, read.verdict.malformed) == (True, True)
    assert read.bundle.members["document"] == content


def test_what_was_required_is_recorded(case: Case, tmp_path: Path) -> None:
    """A signed workbook passes when the manufacturer alone is asked for, and does so again later."""
    file = tmp_path / "form.signed.XLSX"
    file.write_bytes(case.lab.sign(build_form(example=True, created=NOW)))
    for required, expected in (
        ("manufacturer", Indication.TOTAL_PASSED),
        ("countersigned", Indication.TOTAL_FAILED),
    ):
        write_evidence(tmp_path / required, file, case.judge, required=required)
        read = verify_evidence(tmp_path / required, ceiling=LIMITS)
        assert (read.reproduced, read.verdict.verdict.indication) == (True, expected)


def test_a_file_over_the_limit_has_no_evidence(case: Case, tmp_path: Path) -> None:
    """Its octets were never read, so there is nothing to keep."""
    judge = replace(case.judge, limits=replace(case.judge.limits, max_file_bytes=1000))
    with pytest.raises(DocumentError) as caught:
        write_evidence(tmp_path / "e.zip", case.workbook, judge)
    assert (caught.value.code, list(tmp_path.iterdir())) == ("limit-file-size", [])


def test_a_file_name_that_is_no_text_is_written_as_escapes(case: Case, tmp_path: Path) -> None:
    """File names are octets on Linux; the manifest is UTF-8."""
    file = tmp_path / b"f\xff.xlsx".decode("utf-8", "surrogateescape")
    try:
        file.write_bytes(case.workbook.read_bytes())
    except OSError:
        pytest.skip("this file system takes no such name")
    write_evidence(tmp_path / "e.zip", file, case.judge)
    read = verify_evidence(tmp_path / "e.zip", ceiling=LIMITS)
    assert (read.reproduced, read.bundle.manifest.file) == (True, "f\\xff.xlsx")


def test_a_fraction_of_a_second_does_not_matter(case: Case, tmp_path: Path) -> None:
    """Now has microseconds, verdicts have seconds: the recorded instant is the one judged at."""
    judge = replace(case.judge, at=case.judge.at + timedelta(microseconds=999_999))
    write_evidence(tmp_path / "e.zip", case.workbook, judge)
    assert (tmp_path / "e.zip").read_bytes() == case.bundle.read_bytes()


def test_everything_that_a_judge_is_given_is_in_a_bundle() -> None:
    """Whoever adds to what documents are judged against must add it to bundles (service/evidence.py)."""
    assert {field.name for field in fields(Judge)} == {"trust", "settings", "limits", "at", "mapping"}
    of_trust = {"anchors", "intermediates", "crls", "notes", "timestamps"}
    # With a doubt no bundle is written: see tests/crls/test_unusable.py.
    assert {field.name for field in fields(TrustStore)} == of_trust | {"doubt"}
    assert {field.name for field in fields(TimestampTrust)} == {"anchors", "policies"}


def test_a_mapping_survives(case: Case, tmp_path: Path) -> None:
    """The built-in mapping, written and read, is the built-in mapping."""
    write_evidence(tmp_path / "e.zip", case.workbook, replace(case.judge, mapping=default_mapping()))
    assert verify_evidence(tmp_path / "e.zip", ceiling=LIMITS).bundle.mapping() == default_mapping()


def test_what_was_noted_about_sources_of_crls_is_kept(case: Case, tmp_path: Path) -> None:
    """A CRL that was rolled back, say: it is among the findings, now and when judged again."""
    note = Finding("crl-rollback", Level.WARN, "crl/a.crl", "older than the last", "RFC 5280", "ask")
    judge = replace(case.judge, trust=replace(case.judge.trust, notes=(note,)))
    write_evidence(tmp_path / "e.zip", case.workbook, judge)
    read = verify_evidence(tmp_path / "e.zip", ceiling=LIMITS)
    assert (read.reproduced, note in read.verdict.findings) == (True, True)
