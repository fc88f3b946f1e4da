"""Evidence of a file of any type with its detached CMS, and what policy says to signing one."""

from pathlib import Path

import pytest

from agent.containers import ContainerFormat
from agent.errors import DocumentError
from agent.exits import ExitStatus
from agent.formats.bundle import build_bundle
from agent.service.evidence import verify_evidence, write_evidence
from agent.verdicts import PASSED, Indication
from tests.cli.expect import expect_failed
from tests.cms.signing import countersign, sign
from tests.evidence.conftest import Case
from tests.evidence.parts import agree, edit_manifest, read_members
from tests.support.lab import Story, run_iki
from tests.support.signer import LIMITS

_FIRMWARE = b"TEST firmware, of any type"


@pytest.fixture
def pair(case: Case, tmp_path: Path) -> tuple[Path, Path]:
    """A file, and the countersigned signature beside it."""
    file, signature = tmp_path / "firmware.bin", tmp_path / "firmware.bin.p7s"
    file.write_bytes(_FIRMWARE)
    signature.write_bytes(countersign(case.lab, sign(case.lab, _FIRMWARE)))
    return file, signature


def test_a_pair_is_judged_again_from_the_bundle_alone(case: Case, pair: tuple[Path, Path]) -> None:
    """Both are in it, octet for octet, and so is what the verdict rests on."""
    file, signature = pair
    bundle = file.with_suffix(".zip")
    written = write_evidence(bundle, file, case.judge, signature=signature)
    assert written.verdict.verdict == PASSED
    members = read_members(bundle.read_bytes())
    assert (members["document.bin"], members["signature.p7s"]) == (_FIRMWARE, signature.read_bytes())
    again = verify_evidence(bundle, ceiling=LIMITS)
    assert again.reproduced
    assert again.verdict.container is ContainerFormat.CMS
    assert again.bundle.manifest.signature == "firmware.bin.p7s"


def test_one_that_fails_is_kept_too(case: Case, pair: tuple[Path, Path]) -> None:
    """Another file beside the signature, and a signature that is none."""
    file, signature = pair
    file.write_bytes(_FIRMWARE + b"!")
    failed = write_evidence(file.with_suffix(".1.zip"), file, case.judge, signature=signature)
    assert failed.verdict.verdict.indication is Indication.TOTAL_FAILED
    signature.write_bytes(b"no DER")
    unread = write_evidence(file.with_suffix(".2.zip"), file, case.judge, signature=signature)
    assert unread.verdict.malformed
    assert verify_evidence(file.with_suffix(".2.zip"), ceiling=LIMITS).reproduced


@pytest.mark.parametrize(
    ("what", "code"),
    [
        ("taken out", "evidence-member-changed"),
        ("put in", "evidence-member-extra"),
        ("exchanged", "evidence-member-changed"),
    ],
)
def test_a_bundle_with_another_signature_is_none(
    case: Case, pair: tuple[Path, Path], what: str, code: str
) -> None:
    """The manifest says whether there is one, and which."""
    file, signature = pair
    bundle = file.with_suffix(".zip")
    write_evidence(bundle, file, case.judge, signature=signature if what != "put in" else None)
    members = read_members(bundle.read_bytes())
    if what == "taken out":
        del members["signature.p7s"]
        edit_manifest(members, lambda manifest: manifest.pop("signature"))
    elif what == "put in":
        members["signature.p7s"] = signature.read_bytes()
    else:
        members["signature.p7s"] = sign(case.lab, _FIRMWARE)
    agree(members)
    bundle.write_bytes(build_bundle(members))
    with pytest.raises(DocumentError) as refused:
        verify_evidence(bundle, ceiling=LIMITS)
    assert refused.value.code == code


def test_the_commands_take_both_containers(story: Story, tmp_path: Path) -> None:
    """`evidence` with --format cms; `policy explain` before signing and before countersigning."""
    lab, file = story.lab, tmp_path / "firmware.bin"
    file.write_bytes(_FIRMWARE)
    explain = ("policy", "explain", file, "--format", "cms", "--json", "--as")
    first = lab.iki(*explain, "manufacturer")
    assert first.status == ExitStatus.OK
    assert first.json["operation"] == "sign"
    expect_failed(lab.iki(*explain, "supplier"), ExitStatus.USAGE)
    lab.do("sign", file, "--format", "cms", "--as", "manufacturer")
    second = lab.do(*explain, "supplier").json
    assert second["operation"] == "countersign"
    bundle = tmp_path / "e.zip"
    lab.do("evidence", bundle, file, "--format", "cms", "--require", "manufacturer")
    judged = run_iki("evidence", "verify", bundle, "--json")
    assert (judged.status, judged.json["reproduced"]) == (ExitStatus.OK, True)
    expect_failed(lab.iki("evidence", tmp_path / "x.zip", f"{file}.p7s"), ExitStatus.USAGE)
