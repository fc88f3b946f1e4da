"""Timestamps and CRLs in a detached CMS: at signing, afterwards, and what they are worth."""

import hashlib
import subprocess
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from agent.containers import ContainerFormat
from agent.formats.cms.augment import augment_signed_data, timestamped_octets_of
from agent.formats.cms.sign import prepare_signature
from agent.formats.cms.signed_data import load_signed_data
from agent.formats.timestamp.exchange import TimestampRequest, parse_response
from agent.formats.unsigned import UnsignedProperties
from agent.policy.verdict import COUNTERSIGNED, SIGNED
from agent.roles import Role
from agent.service.additions import Additions
from agent.service.augmenting import AugmentingJob, run_augmenting
from agent.service.workspace import load_workspace
from agent.verdicts import Indication, SubIndication
from tests.cms import openssl
from tests.cms.conftest import LabOf
from tests.cms.signing import (
    CONTENT,
    FIRST,
    SECOND,
    codes_of,
    countersign,
    digests_of,
    judge,
    request_of,
    sign,
    verify,
)
from tests.support.lab import Story
from tests.support.signer import NOW, SoftwareLab, make_software_lab
from tests.support.tokens import make_token, make_tsa
from tests.support.tools import require_tool
from tests.support.tsa import make_openssl_authority, serving_tsa
from tests.timestamp.samples import DAY, HOUR, lists
from tests.timestamp.samples import judge as judge_of

_STAMPED, _LATER = NOW + HOUR, NOW + 3 * DAY


@pytest.fixture
def pki(tmp_path: Path) -> SoftwareLab:
    """A test PKI whose certificates may be revoked."""
    return make_software_lab(tmp_path / "pki")


def _stamp(signature: bytes, part: str = FIRST, **wrong: Any) -> bytes:
    signed_data = load_signed_data(signature)
    imprint = hashlib.sha256(timestamped_octets_of(signed_data, part)).digest()
    token = make_token(**{"imprint": imprint, "authority": make_tsa(), "at": _STAMPED, **wrong})
    return augment_signed_data(signed_data, {part: UnsignedProperties(timestamp=token)})


@pytest.mark.parametrize("kind", ["ec-p256", "rsa-2048"])
def test_a_timestamp_at_signing_is_what_openssl_verifies(lab_of: LabOf, tmp_path: Path, kind: str) -> None:
    """By `openssl ts` over the signature's value; and `openssl cms` accepts the signature with it."""
    lab = lab_of(kind)
    signer = lab.signers[Role.MANUFACTURER]
    tsa = make_openssl_authority(tmp_path / "tsa", kind=kind)
    algorithm = signer.certificate.algorithm
    prepared = prepare_signature(digests_of(CONTENT), request_of(lab, Role.MANUFACTURER, NOW), algorithm)
    value = signer.sign_by(algorithm, prepared.digest)
    octets = prepared.timestamped_octets(value)
    request = TimestampRequest(octets, 12345)
    token = parse_response(tsa.reply(request.build()), request).der
    added = UnsignedProperties(token, (tsa.authority.issuing.certificate,), lists(lab, NOW))
    signature = b"".join(prepared.finish(value, added))
    assert openssl.accepts(tmp_path, signature, lab.authority.root_certificate.der)
    (record,) = verify(signature).signatures
    assert record.timestamp is not None
    assert record.timestamp.der == token
    assert [crl.sha256 for crl in sorted(record.crls, key=lambda crl: crl.der)] == [
        crl.sha256 for crl in sorted(added.crls, key=lambda crl: crl.der)
    ]
    files = {"token": token, "value": record.value}
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    arguments = ["-in", str(tmp_path / "token"), "-token_in", "-data", str(tmp_path / "value")]
    command = [require_tool("openssl"), "ts", "-verify", *arguments, "-CAfile", str(tsa.anchor)]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 0


def test_revoked_after_the_proven_time_passes(pki: SoftwareLab) -> None:
    """As in a workbook; without a timestamp it is INDETERMINATE."""
    signature = sign(pki)
    signer = pki.signers[Role.MANUFACTURER].certificate
    pki.authority.revoke(signer.serial, at=NOW + 2 * DAY, reason="keyCompromise")
    case = judge_of(pki, _LATER, lists(pki, _LATER - HOUR))
    verdict = judge(case, _stamp(signature), required=SIGNED)
    assert verdict.verdict.indication is Indication.TOTAL_PASSED
    assert verdict.signatures[0].proven is not None
    assert judge(case, signature, required=SIGNED).verdict.sub_indication is SubIndication.REVOKED_NO_POE


def test_nothing_is_frozen_and_a_countersignature_lends_its_time(pki: SoftwareLab) -> None:
    """A first signature is added to after it was countersigned, and the countersignature still holds."""
    both = countersign(pki, sign(pki))
    case = judge_of(pki, _LATER, lists(pki, _LATER - HOUR))
    second = judge(case, _stamp(both, SECOND), required=COUNTERSIGNED)
    assert [item.proven.part for item in second.signatures if item.proven] == [SECOND, SECOND]
    first = judge(case, _stamp(_stamp(both, SECOND, at=_STAMPED + HOUR), FIRST), required=COUNTERSIGNED)
    assert first.verdict.indication is Indication.TOTAL_PASSED
    assert [item.proven.part for item in first.signatures if item.proven] == [FIRST, SECOND]


def test_a_timestamp_that_does_not_hold_is_a_warning_and_rubbish_is_refused(pki: SoftwareLab) -> None:
    """Over another value it proves nothing; two of them, or no token, are not of the profile."""
    signature = sign(pki)
    moved = _stamp(signature, imprint=bytes(32))
    assert codes_of(verify(moved))[FIRST] == ["timestamp-imprint-wrong"]
    case = judge_of(pki, _LATER, lists(pki, _LATER - HOUR))
    assert judge(case, moved, required=SIGNED).verdict.indication is Indication.TOTAL_PASSED
    rubbish = augment_signed_data(
        load_signed_data(signature), {FIRST: UnsignedProperties(timestamp=b"\x30\x03\x02\x01\x01")}
    )
    assert codes_of(verify(rubbish))[FIRST] == ["timestamp-malformed"]
    assert judge(case, rubbish, required=SIGNED).verdict.sub_indication is SubIndication.FORMAT_FAILURE


def test_embedded_lists_answer_as_any(pki: SoftwareLab) -> None:
    """They are enough while they are fresh, and at the time proven."""
    crls = UnsignedProperties(crls=lists(pki, NOW))
    signature = augment_signed_data(load_signed_data(_stamp(sign(pki))), {FIRST: crls})
    verdict = judge(judge_of(pki, _LATER, ()), signature, required=SIGNED)
    assert verdict.verdict.indication is Indication.TOTAL_PASSED
    stale = augment_signed_data(load_signed_data(sign(pki)), {FIRST: crls})
    late = judge(judge_of(pki, NOW + timedelta(days=2), ()), stale, required=SIGNED)
    assert late.verdict.sub_indication is SubIndication.TRY_LATER


def test_the_commands_do_it_too(story: Story, tmp_path: Path) -> None:
    """Signed with a timestamp beside the file; augmented later; verified by the command."""
    require_tool("openssl")
    tsa = make_openssl_authority(tmp_path / "tsa")
    output = tmp_path / "form.p7s"
    with serving_tsa(tsa.answer) as url:
        tsa.configure(story.lab.configuration, url)
        cms = ("--format", "cms")
        story.lab.do(
            "sign", story.form, "--as", "manufacturer", *cms, "--timestamp", "-o", tmp_path / "1.p7s"
        )
        job = AugmentingJob(
            story.form,
            output,
            Additions(embed_revocation=True),
            container=ContainerFormat.CMS,
            signature=tmp_path / "1.p7s",
        )
        run_augmenting(job, load_workspace(story.lab.configuration))
        for crl in story.lab.crls.iterdir():
            crl.unlink()  # what came along is all there is, and may be added again
        again = replace(job, signature=output, output=tmp_path / "again.p7s")
        run_augmenting(again, load_workspace(story.lab.configuration))
    run = story.lab.do(
        "verify", story.form, *cms, "--signature", output, "--require", "manufacturer", "--json"
    )
    (signature,) = run.json[0]["signatures"]
    assert signature["proven_time"] == signature["judged_at"]
