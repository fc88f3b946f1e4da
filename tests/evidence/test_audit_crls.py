"""The audit line of every signature names the CRLs relied on: those that the bundle of it holds."""

import json
import subprocess
from pathlib import Path
from typing import Any

from agent.exits import ExitStatus
from tests.evidence.parts import read_members
from tests.support.lab import Lab, Story, sha256
from tests.support.tools import require_tool


def _line(lab: Lab, operation: str) -> dict[str, Any]:
    return [line for line in lab.read_audit() if line["operation"] == operation][-1]


def _digests(lab: Lab) -> set[str]:
    """SHA-256 of the DER of every CRL in force, by openssl."""
    openssl = require_tool("openssl")
    found = set()
    for path in lab.crls.iterdir():
        form = "PEM" if path.read_bytes().startswith(b"-----") else "DER"
        arguments = ["crl", "-in", str(path), "-inform", form, "-outform", "DER"]
        der = subprocess.run([openssl, *arguments], capture_output=True, check=True).stdout
        (path.parent.parent / "one.der").write_bytes(der)
        found.add(sha256(path.parent.parent / "one.der"))
    return found


def test_every_signature_names_issuer_number_times_and_digest(story: Story) -> None:
    """For the end entity and for the issuing CA, as openssl computes the digests."""
    for operation in ("sign", "countersign"):
        line = _line(story.lab, operation)
        assert line["outcome"] == "allowed"
        assert {crl["sha256"] for crl in line["crls"]} == _digests(story.lab)
        for crl in line["crls"]:
            assert {"issuer", "number", "this_update", "next_update", "sha256"} <= crl.keys()


def test_the_bundle_holds_the_crls_that_the_audit_lines_name(story: Story, tmp_path: Path) -> None:
    """So a line of the log can be proven with the bundle beside it."""
    story.lab.do("evidence", tmp_path / "e.zip", story.countersigned)
    manifest = json.loads(read_members((tmp_path / "e.zip").read_bytes())["manifest.json"])
    held = {member["sha256"] for member in manifest["members"] if member["name"].startswith("crls/")}
    for operation in ("sign", "countersign"):
        assert {crl["sha256"] for crl in _line(story.lab, operation)["crls"]} == held


def test_a_refusal_names_the_crl_that_revokes(story: Story, tmp_path: Path) -> None:
    """Why the key was refused can be proven as well."""
    story.lab.do("lab", "revoke", "manufacturer")
    run = story.lab.iki("sign", story.form, "--as", "manufacturer", "-o", tmp_path / "out.xlsx")
    assert run.status == ExitStatus.REFUSED
    line = _line(story.lab, "sign")
    assert line["outcome"] == "refused"
    named = {crl["sha256"] for crl in line["crls"]}
    assert named <= _digests(story.lab)
    assert len(named) == 2


def test_a_countersignature_names_the_crls_of_the_first_signer_too(story: Story, tmp_path: Path) -> None:
    """Countersigning rests on the first signature being valid, so on another CA's CRLs as well."""
    other = Lab.create(tmp_path / "other")
    first = story.lab
    other.configure('anchors = ["', f'anchors = ["{first.root}", "')
    other.configure('crls = ["', f'crls = ["{first.crls}", "')
    other.countersign(story.signed, tmp_path / "out.xlsx")
    named = {crl["sha256"] for crl in _line(other, "countersign")["crls"]}
    assert named == _digests(first) | _digests(other)
    assert len(named) == 4
