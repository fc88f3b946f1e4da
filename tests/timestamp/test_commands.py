"""`--timestamp`, `--embed-revocation` and `iki augment`, with keys on tokens and `openssl ts` as the TSA."""

import base64
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from agent.errors import IkiError
from agent.exits import ExitStatus
from agent.lab.layout import LabLayout
from agent.lab.rehearsal import revoke
from agent.roles import Role
from agent.service.additions import AdditionRefusedError, Additions
from agent.service.augmenting import AugmentingJob, AugmentingResult, run_augmenting
from agent.service.evidence import verify_evidence, write_evidence
from agent.service.workspace import load_judge, load_workspace
from agent.verdicts import Indication, SubIndication
from tests.cli.expect import audited, expect_failed, nothing_changes
from tests.cli.test_schemas import check
from tests.package.attacks.changes import put
from tests.support.lab import Lab, Story
from tests.support.signer import LIMITS
from tests.support.tokens import make_rejection
from tests.support.tools import require_tool
from tests.support.tsa import OpenSSLAuthority, forget_tsas, make_openssl_authority, serving_tsa
from tests.support.xmlsec import require_agreement
from tests.support.zips import edit, parts_of

_SIG1, _SIG2 = "_xmlsignatures/sig1.xml", "_xmlsignatures/sig2.xml"
_STYLES = "xl/styles.xml"
_NAMESPACE = b' xmlns="http://www.w3.org/2000/09/xmldsig#"'
_ALL = ("--timestamp", "--embed-revocation")


@dataclass(frozen=True)
class Stamping:
    """An environment with a TSA that answers."""

    story: Story
    tsa: OpenSSLAuthority
    url: str

    @property
    def lab(self) -> Lab:
        """The environment."""
        return self.story.lab


@pytest.fixture
def stamping(story: Story, tmp_path: Path) -> Iterator[Stamping]:
    """An environment whose configuration names a TSA that runs."""
    require_tool("openssl")
    tsa = make_openssl_authority(tmp_path / "tsa")
    with serving_tsa(tsa.answer) as url:
        tsa.configure(story.lab.configuration, url)
        yield Stamping(story, tsa, url)


def _token_of(workbook: Path, item: str) -> tuple[bytes, bytes]:
    """Take token and SignatureValue text out of a signature part, without any of our code."""
    part = parts_of(workbook.read_bytes())[item]
    value = re.search(rb"<SignatureValue>([^<]*)</SignatureValue>", part)
    token = re.search(rb"<xd:EncapsulatedTimeStamp>([^<]*)</xd:EncapsulatedTimeStamp>", part)
    assert value
    assert token
    return base64.b64decode(token[1]), value[1]


def _require_openssl_agreement(stamping: Stamping, token: bytes, octets: bytes, folder: Path) -> None:
    """`openssl ts -verify` finds the token right over these octets, and wrong over others."""
    (folder / "token").write_bytes(token)
    (folder / "data").write_bytes(octets)
    files = ["-in", str(folder / "token"), "-token_in", "-data", str(folder / "data")]
    command = [require_tool("openssl"), "ts", "-verify", *files, "-CAfile", str(stamping.tsa.anchor)]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 0
    (folder / "data").write_bytes(octets + b" ")
    assert subprocess.run(command, capture_output=True, check=False).returncode != 0


def _augment(stamping: Stamping, file: Path, output: Path, **arguments: Any) -> AugmentingResult:
    """Augment in this process."""
    role = arguments.pop("role", None)
    job = AugmentingJob(file, output, Additions(**arguments), role)
    return run_augmenting(job, load_workspace(stamping.lab.configuration))


def test_sign_and_countersign_with_everything(stamping: Stamping, tmp_path: Path) -> None:
    """Tokens that openssl verifies, signatures that xmlsec1 finds right, and a verdict at the time proven."""
    lab, story = stamping.lab, stamping.story
    signed, both = tmp_path / "a.signed.xlsx", tmp_path / "a.countersigned.xlsx"
    lab.do("sign", story.form, "--as", "manufacturer", *_ALL, "-o", signed)
    lab.do("countersign", signed, "--as", "supplier", *_ALL, "-o", both)
    issuers = [crl["issuer"] for crl in lab.read_audit()[-2]["crls"]]
    assert stamping.tsa.authority.issuing.certificate.subject in issuers
    for item in (_SIG1, _SIG2):
        token, value = _token_of(both, item)
        element = b"<SignatureValue" + _NAMESPACE + b">" + value + b"</SignatureValue>"
        _require_openssl_agreement(stamping, token, element, tmp_path)
    require_agreement(both.read_bytes(), lab.root, signatures=2)
    run = lab.do("verify", both, "--json")
    check("verify", run.json)
    for signature in run.json[0]["signatures"]:
        assert signature["proven_time"] == signature["judged_at"]
        assert signature["proven_by"] == stamping.tsa.authority.tsa.certificate.subject
        assert signature["proven_through"] == signature["part"]
    without = lab.iki("verify", both, "--json", "--tsa-anchor", lab.root)
    assert without.status == ExitStatus.OK
    assert [item["proven_time"] for item in without.json[0]["signatures"]] == [None, None]


def test_all_tsas_failing_releases_nothing(stamping: Stamping, tmp_path: Path) -> None:
    """The key has signed by then: nothing appears, and the audit log has a line of it."""
    output = tmp_path / "out.xlsx"
    with (
        serving_tsa(lambda _: (200, "application/timestamp-reply", make_rejection())) as no,
        nothing_changes(stamping.story.form.parent),
        audited(stamping.lab, ("sign", "failed", ("timestamp-unavailable",))),
    ):
        run = stamping.lab.iki("sign", stamping.story.form, "--as", "manufacturer", "--tsa", no, "-o", output)
    expect_failed(run, ExitStatus.INDETERMINATE)
    assert not output.exists()


def test_a_timestamp_needs_somebody_to_ask(story: Story, tmp_path: Path) -> None:
    """Known before any PIN is asked for, and before anything is written."""
    forget_tsas(story.lab.configuration)
    with audited(story.lab):
        run = story.lab.iki(
            "sign", story.form, "--as", "manufacturer", "--timestamp", "-o", tmp_path / "x.xlsx"
        )
    expect_failed(run, ExitStatus.USAGE)
    expect_failed(story.lab.iki("augment", story.signed), ExitStatus.USAGE)


def test_augment_needs_no_token(stamping: Stamping, tmp_path: Path) -> None:
    """The countersignature gets both, the frozen first signature is named, and the input is as it was."""
    lab, story = stamping.lab, stamping.story
    lab.softhsm_configuration.unlink()
    output = tmp_path / "both.xlsx"
    with nothing_changes(story.form.parent):
        run = lab.do("augment", story.countersigned, *_ALL, "--json", "-o", output)
        frozen = lab.iki("augment", story.countersigned, "--timestamp", "--role", "manufacturer")
    check("augment", run.json)
    assert (run.json["augmented"], run.json["frozen"]) == (["/" + _SIG2], ["/" + _SIG1])
    expect_failed(frozen, ExitStatus.REFUSED)
    verdict = lab.verify(output)
    assert verdict.verdict.indication is Indication.TOTAL_PASSED
    assert [item.proven.part for item in verdict.signatures if item.proven] == ["/" + _SIG2] * 2


def test_what_is_there_is_kept_and_not_added_twice(stamping: Stamping, tmp_path: Path) -> None:
    """A timestamp first, CRLs later; a second timestamp is refused."""
    first, both = tmp_path / "first.xlsx", tmp_path / "both.xlsx"
    _augment(stamping, stamping.story.signed, first, timestamp=True)
    _augment(stamping, first, both, embed_revocation=True)
    (signature,) = stamping.lab.verify(both, first_only=True).signatures
    assert signature.proven is not None
    assert len(signature.record.crls) == 2
    for arguments in ({"timestamp": True}, {"embed_revocation": True}):
        with pytest.raises(AdditionRefusedError) as raised:
            _augment(stamping, both, tmp_path / "third.xlsx", **arguments)
        assert raised.value.code == "addition-present"


def test_augment_refuses_what_does_not_hold(stamping: Stamping, tmp_path: Path) -> None:
    """A broken workbook, one without signatures, a role that is not there, a signer who is revoked."""
    story, output = stamping.story, tmp_path / "out.xlsx"
    broken = tmp_path / "broken.xlsx"
    broken.write_bytes(edit(story.signed.read_bytes(), put(_STYLES, b"<styleSheet/>")))
    cases: tuple[tuple[Path, dict[str, Any], str], ...] = (
        (broken, {"timestamp": True}, "augment-broken"),
        (story.form, {"timestamp": True}, "signature-missing"),
        (story.signed, {"timestamp": True, "role": Role.DCC}, "signature-missing"),
        (story.countersigned, {"timestamp": True, "role": Role.MANUFACTURER}, "signature-frozen"),
    )
    stamping.lab.revoke("manufacturer")
    for file, arguments, code in (
        *cases,
        (story.signed, {"embed_revocation": True}, "revocation-undetermined"),
    ):
        with pytest.raises(IkiError) as raised:
            _augment(stamping, file, output, **arguments)
        assert raised.value.code == code
    assert not output.exists()


def test_a_bundle_of_a_timestamped_workbook_is_judged_the_same_again(
    stamping: Stamping, tmp_path: Path
) -> None:
    """With the TSA's anchor and the lists of its CAs in it, also after the signer was revoked."""
    workbook, bundle = tmp_path / "signed.xlsx", tmp_path / "bundle.zip"
    _augment(stamping, stamping.story.signed, workbook, timestamp=True)
    now = datetime.now(UTC).replace(microsecond=0)
    revoke(LabLayout(stamping.lab.folder), "manufacturer", reason="superseded", at=now + timedelta(minutes=1))
    later = now + timedelta(minutes=2)
    judge = load_judge(stamping.lab.configuration, at=later, anchors=[], crls=[])
    write_evidence(bundle, workbook, judge, required="manufacturer")
    evidence = verify_evidence(bundle, ceiling=LIMITS)
    assert evidence.reproduced
    assert evidence.verdict.verdict.indication is Indication.TOTAL_PASSED
    assert "certificate-revoked-since" in {finding.code for finding in evidence.verdict.findings}
    assert evidence.recorded.signatures[0].proven_time is not None
    assert evidence.bundle.trust().timestamps.anchors == (stamping.tsa.authority.root.certificate,)
    own = verify_evidence(bundle, anchors=(stamping.lab.root,), ceiling=LIMITS)
    assert own.verdict.verdict.sub_indication is SubIndication.REVOKED_NO_POE
    both = verify_evidence(
        bundle, anchors=(stamping.lab.root,), tsa_anchors=(stamping.tsa.anchor,), ceiling=LIMITS
    )
    assert both.verdict.verdict.indication is Indication.TOTAL_PASSED
