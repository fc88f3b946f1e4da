"""`iki countersign`: only what the manufacturer signed, whole, and only by somebody else."""

from collections.abc import Callable
from pathlib import Path

import pytest

from agent.exits import ExitStatus
from agent.verdicts import PASSED
from tests.cli.expect import audited, expect_failed, expect_refused, expect_warned, nothing_changes
from tests.package.attacks.changes import (
    OFFICE,
    ROOT,
    SHEET,
    SIG1,
    VALUE,
    WORKBOOK_RELS,
    Parts,
    add_relationship,
    flip_value,
    put,
    remove_signature,
    rewrite,
)
from tests.support.forms import retype_form
from tests.support.lab import Lab, Run, Story, from_now, sha256
from tests.support.zips import edit

CHANGES: dict[str, Callable[[Parts], object]] = {
    "a cell": rewrite(SHEET, rb"<t>[^<]*</t>", b"<t>changed</t>"),
    "a part added": put("xl/media/new.xml", b"<new/>"),
    "a relationship added": add_relationship(
        WORKBOOK_RELS, b"rIdNew", OFFICE + b"theme", b"theme/theme1.xml"
    ),
    "the package's relationships": add_relationship(
        ROOT, b"rIdNew", OFFICE + b"theme", b"xl/theme/theme1.xml"
    ),
    "the signature value": rewrite(SIG1, VALUE, flip_value),
}


def countersign(story: Story, file: Path, *, signer: str = "supplier") -> Run:
    """Countersign into `out.xlsx` beside the file."""
    return story.lab.iki("countersign", file, "--as", signer, "-o", file.with_name("out.xlsx"))


def request_as(lab: Lab, name: str, organisation: str, of: str) -> None:
    """Let a party request a certificate for another organisation, and the lab CA issue it."""
    lab.configure(f'organisation = "{of}"', f'organisation = "{organisation}"')
    request = lab.folder / "requests" / f"{name}.csr.pem"
    lab.do("csr", "--as", name, "-o", request, "--force")
    lab.do("lab", "issue", name, "--not-before", from_now(minutes=-5), "--not-after", from_now(days=100))


def test_the_output_appears_beside_the_input_and_passes(story: Story) -> None:
    """NAME.signed.xlsx becomes NAME.countersigned.xlsx; the audit line names the countersigner's key."""
    story.countersigned.unlink()
    before = sha256(story.signed)
    with audited(story.lab, ("countersign", "allowed", ())) as added:
        run = story.lab.iki("countersign", story.signed, "--as", "supplier")
        expect_warned(run)
    assert f"SHA-256 {sha256(story.countersigned)}\n" in run.stdout
    assert sha256(story.signed) == before
    assert story.lab.verify(story.countersigned).verdict == PASSED
    assert (added[0]["signer"], added[0]["sha256_before"]) == ("supplier", before)
    assert "token=supplier" in added[0]["key_uri"]


def test_the_dcc_may_countersign_too(story: Story) -> None:
    """Communications Hubs are the DCC's to countersign, and not a Supplier's."""
    retype_form(story.form, "CHF", "GPF")
    hubs = story.lab.sign(story.form, story.form.with_name("hubs.signed.xlsx"))
    expect_refused(countersign(story, hubs), "countersigner-for-device-type")
    expect_warned(countersign(story, hubs, signer="dcc"))
    verdict = story.lab.verify(story.signed.with_name("out.xlsx"))
    assert verdict.verdict == PASSED
    assert [item.record.claimed_role for item in verdict.signatures] == ["manufacturer", "dcc"]


def test_an_unsigned_workbook_is_refused(story: Story) -> None:
    """There is nothing to countersign, and no PIN is asked for."""
    story.lab.pin("supplier").unlink()
    with (
        nothing_changes(story.form.parent),
        audited(story.lab, ("countersign", "refused", ("countersign-verified-only",))),
    ):
        expect_refused(countersign(story, story.form), "countersign-verified-only")


def test_a_countersigned_workbook_is_refused(story: Story) -> None:
    """One countersignature is what a submission has."""
    with (
        nothing_changes(story.form.parent),
        audited(story.lab, ("countersign", "refused", ("already-signed", "countersigner-for-device-type"))),
    ):
        run = countersign(story, story.countersigned, signer="dcc")
        expect_refused(run, "already-signed", "countersigner-for-device-type")


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_workbook_changed_after_it_was_signed_is_refused(
    story: Story, change: Callable[[Parts], object]
) -> None:
    """Nobody countersigns what the manufacturer did not sign, or signed differently."""
    story.signed.write_bytes(edit(story.signed.read_bytes(), change))
    with (
        nothing_changes(story.form.parent),
        audited(story.lab, ("countersign", "refused", ("countersign-verified-only",))),
    ):
        expect_refused(countersign(story, story.signed), "countersign-verified-only")


def test_remains_of_a_signature_are_refused(story: Story) -> None:
    """Stripped of its first signature, a countersigned workbook has none to countersign."""
    story.countersigned.write_bytes(edit(story.countersigned.read_bytes(), remove_signature(SIG1)))
    with nothing_changes(story.form.parent):
        run = countersign(story, story.countersigned, signer="dcc")
        codes = ("already-signed", "countersign-verified-only", "countersigner-for-device-type")
        expect_refused(run, *codes)


def test_the_signers_own_key_is_refused(story: Story) -> None:
    """Four eyes: the manufacturer's key does not countersign under another name."""
    lab = story.lab
    lab.configure("pkcs11:token=supplier;", "pkcs11:token=manufacturer;")
    lab.configure("certificates/supplier.pem", "certificates/manufacturer.pem")
    lab.configure("pins/supplier.pin", "pins/manufacturer.pin")
    (lab.folder / "policy.toml").write_text("")
    # The certificate is not what [signers.supplier.subject] says either: organisation, role code, EUI-64.
    codes = (*("signer-party",) * 3, "four-eyes")
    with nothing_changes(story.form.parent), audited(lab, ("countersign", "refused", codes)):
        expect_refused(countersign(story, story.signed), *codes)


def test_another_key_of_the_signers_organisation_is_refused(story: Story) -> None:
    """Four eyes: letter case and white space make no other organisation."""
    request_as(story.lab, "supplier", "test  METER Works Ltd", "TEST Energy Supply Ltd")
    with nothing_changes(story.form.parent), audited(story.lab, ("countersign", "refused", ("four-eyes",))):
        expect_refused(countersign(story, story.signed), "four-eyes")


def test_a_manufacturer_does_not_countersign(story: Story) -> None:
    """The role is the signer's in the configuration; nothing was decided, so nothing is audited."""
    with nothing_changes(story.form.parent), audited(story.lab):
        expect_failed(countersign(story, story.signed, signer="manufacturer"), ExitStatus.USAGE)


def test_there_is_no_image_to_compare(story: Story) -> None:
    """The countersigner has no image; asking for the comparison is a usage error, not ignored."""
    with nothing_changes(story.form.parent):
        run = story.lab.iki("countersign", story.signed, "--as", "supplier", "--image", story.image)
        expect_failed(run, ExitStatus.USAGE)
