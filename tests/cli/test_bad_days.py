"""Certificates revoked, expired or not begun, CRLs stale or gone: the key is refused, and verify says so."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from agent.exits import ExitStatus
from agent.verdicts import SubIndication
from tests.cli.expect import audited, expect_failed, expect_refused, expect_warned, nothing_changes
from tests.support.lab import Lab, Run, Story


@dataclass(frozen=True, slots=True)
class Day:
    """What goes wrong for a party, and what is found then."""

    begin: Callable[[Lab, str], object]
    sign: tuple[str, ...]
    """Codes that refuse the party's own signature."""
    verify: SubIndication | None
    """The verdict on what was signed before; None: TOTAL-PASSED."""
    other_sign: tuple[str, ...] = ()
    """Codes that refuse the other party."""


SECOND, MINUTE, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(days=1)
NO_CRL = ("revocation", "revocation")
"""For the end entity and for the issuing CA."""
DAYS = {
    "revoked": Day(
        lambda lab, name: lab.revoke(name, "keyCompromise"),
        ("revocation",),
        SubIndication.REVOKED_NO_POE,
    ),
    "on hold": Day(
        lambda lab, name: lab.revoke(name, "certificateHold"),
        ("revocation",),
        SubIndication.REVOKED_NO_POE,
    ),
    "expired": Day(
        lambda lab, name: lab.issue(name, not_before=-30 * MINUTE, not_after=-SECOND),
        ("certificate-validity",),
        None,
    ),
    "not yet valid": Day(
        lambda lab, name: lab.issue(name, not_before=DAY, not_after=2 * DAY), ("certificate-validity",), None
    ),
    "stale CRL": Day(
        lambda lab, _: lab.publish(this_update=-40 * DAY, next_update=-MINUTE),
        NO_CRL,
        SubIndication.TRY_LATER,
        NO_CRL,
    ),
    "CRL of tomorrow": Day(
        lambda lab, _: lab.publish(this_update=DAY, next_update=2 * DAY),
        (*NO_CRL, "clock"),
        SubIndication.TRY_LATER,
        NO_CRL,
    ),
    "no CRL": Day(lambda lab, _: shutil.rmtree(lab.crls), NO_CRL, SubIndication.TRY_LATER, NO_CRL),
    "no CRL of the root": Day(
        lambda lab, _: (lab.crls / "root.crl").unlink(),
        ("revocation",),
        SubIndication.TRY_LATER,
        ("revocation",),
    ),
}

every_day = pytest.mark.parametrize("day", DAYS.values(), ids=DAYS)


def sign(story: Story) -> Run:
    """Sign the form into `out.xlsx`."""
    return story.lab.iki("sign", story.form, "--as", "manufacturer", "-o", story.form.with_name("out.xlsx"))


def countersign(story: Story) -> Run:
    """Countersign the signed form into `out.xlsx`."""
    return story.lab.iki(
        "countersign", story.signed, "--as", "supplier", "-o", story.form.with_name("out.xlsx")
    )


@every_day
def test_the_manufacturers_bad_day(story: Story, day: Day) -> None:
    """Its key is refused before its PIN is read, with an audit line; what it signed before is judged now."""
    day.begin(story.lab, "manufacturer")
    story.lab.pin("manufacturer").unlink()
    with nothing_changes(story.form.parent), audited(story.lab, ("sign", "refused", day.sign)):
        expect_refused(sign(story), *day.sign)
    assert story.lab.verify(story.countersigned).verdict.sub_indication is day.verify


@every_day
def test_the_countersigners_bad_day(story: Story, day: Day) -> None:
    """The same for the supplier; a CRL that is missing for both leaves nothing verified to countersign."""
    day.begin(story.lab, "supplier")
    story.lab.pin("supplier").unlink()
    codes = (*day.sign, *(["countersign-verified-only"] if day.other_sign else ()))
    with nothing_changes(story.form.parent), audited(story.lab, ("countersign", "refused", codes)):
        expect_refused(countersign(story), *codes)
    assert story.lab.verify(story.countersigned).verdict.sub_indication is day.verify


def test_nobody_countersigns_for_a_revoked_manufacturer(story: Story) -> None:
    """The first signature must be TOTAL-PASSED at the time of countersigning."""
    story.lab.revoke("manufacturer")
    with (
        nothing_changes(story.form.parent),
        audited(story.lab, ("countersign", "refused", ("countersign-verified-only",))),
    ):
        expect_refused(countersign(story), "countersign-verified-only")


def test_anothers_revocation_is_nobody_elses(story: Story) -> None:
    """With the DCC revoked the manufacturer signs and the supplier countersigns."""
    story.lab.revoke("dcc")
    expect_warned(sign(story))
    story.form.with_name("out.xlsx").unlink()
    expect_warned(countersign(story))


def test_before_the_revocation_it_passed(story: Story) -> None:
    """Judged as of a time before the revocation, by the CRL of now: that list cannot speak for then."""
    before = datetime.now(UTC) - SECOND
    story.lab.revoke("manufacturer")
    verdict = story.lab.verify(story.countersigned, at=before)
    assert verdict.verdict.sub_indication is SubIndication.TRY_LATER


def test_a_new_certificate_ends_the_bad_day(story: Story) -> None:
    """After a revocation a new certificate, even for the same key, signs again."""
    story.lab.revoke("manufacturer", "superseded")
    story.lab.issue("manufacturer", not_before=-5 * MINUTE, not_after=100 * DAY)
    expect_warned(sign(story))


def test_a_certificate_soon_to_expire_is_announced(story: Story) -> None:
    """It signs, with a warning that is audited too."""
    story.lab.issue("manufacturer", not_before=-5 * MINUTE, not_after=10 * DAY)
    with audited(story.lab, ("sign", "allowed", ("certificate-validity",))):
        expect_warned(sign(story), "certificate-validity")


def test_a_crl_that_is_none_is_wrong_configuration(story: Story) -> None:
    """Rubbish where a CRL should be is told, not skipped; for the key that is a failure on record."""
    (story.lab.crls / "issuing.crl").write_bytes(b"rubbish")
    with nothing_changes(story.form.parent), audited(story.lab, ("sign", "failed", ("crl-malformed",))):
        expect_failed(sign(story), ExitStatus.USAGE)
    expect_failed(story.lab.iki("verify", story.countersigned), ExitStatus.USAGE)


def test_a_crl_with_one_octet_changed_vouches_for_nothing(story: Story) -> None:
    """Its signature does not verify any more, so revocation is undetermined."""
    path = story.lab.crls / "issuing.crl"
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    with nothing_changes(story.form.parent):
        expect_refused(sign(story), "revocation")


def test_no_trust_anchor_is_a_usage_error(story: Story) -> None:
    """A configured anchor that is gone is told by its name, and on record."""
    story.lab.root.unlink()
    with nothing_changes(story.form.parent), audited(story.lab, ("sign", "failed", ("file-missing",))):
        expect_failed(sign(story), ExitStatus.USAGE)
    expect_failed(story.lab.iki("verify", story.countersigned), ExitStatus.USAGE)


def test_the_refusal_is_recorded_with_its_evidence(story: Story) -> None:
    """The audit line names the CRL that revoked, by issuer, number, times and digest."""
    story.lab.revoke("manufacturer")
    with audited(story.lab, ("sign", "refused", ("revocation",))) as added:
        sign(story)
    evidence = {item["issuer"]: item for item in added[0]["crls"]}
    revoking = evidence["CN=TEST IKI Issuing CA,O=TEST DCC"]
    assert (revoking["number"], len(revoking["sha256"])) == (2, 64)
    this_update = datetime.fromisoformat(revoking["this_update"])
    assert abs((datetime.now(UTC) - this_update).total_seconds()) < 60
