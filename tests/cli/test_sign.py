"""`iki sign`: what it does when all is well, and which documents it refuses."""

import shutil
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook

from agent.cpl.fields import FormField
from agent.cpl.layout import COLUMNS, FIRST_ENTRY_ROW, FORM_SHEET
from agent.exits import ExitStatus
from agent.verdicts import PASSED
from tests.cli.expect import audited, expect_failed, expect_refused, expect_warned, nothing_changes
from tests.support.lab import Story, sha256

HASH_COLUMN = [column.field for column in COLUMNS].index(FormField.IMAGE_HASH) + 1
EXAMPLE_ROWS = (FIRST_ENTRY_ROW, FIRST_ENTRY_ROW + 1)


def write_hashes(story: Story, value: str | None) -> Path:
    """Write a copy of the form with this value in every row's Hash, by openpyxl."""
    book = load_workbook(story.form)
    for row in EXAMPLE_ROWS:
        book[FORM_SHEET].cell(row, HASH_COLUMN).value = value
    path = story.form.with_name("changed.xlsx")
    book.save(path)
    return path


def write_other_workbook(story: Story) -> Path:
    """Write a workbook that is no submission form, by openpyxl."""
    book = Workbook()
    book.worksheets[0]["A1"] = "Nobody's form"
    path = story.form.with_name("other.xlsx")
    book.save(path)
    return path


@pytest.mark.usefixtures("anew")
def test_the_output_appears_beside_the_input_and_passes(story: Story) -> None:
    """Without -o the output is NAME.signed.xlsx; standard output names it with its SHA-256."""
    story.signed.unlink()
    story.countersigned.unlink()
    before = sha256(story.form)
    run = story.lab.iki("sign", story.form, "--as", "manufacturer")
    assert (run.status, run.stderr) == (ExitStatus.OK, "")
    assert f"SHA-256 {sha256(story.signed)}\n" in run.stdout
    assert sha256(story.form) == before
    assert sorted(path.name for path in story.form.parent.iterdir()) == [
        "form.bin",
        "form.signed.xlsx",
        "form.xlsx",
    ]
    assert story.lab.verify(story.signed, first_only=True).verdict == PASSED


def test_the_audit_line_says_what_was_signed_with_which_evidence(story: Story) -> None:
    """The one line holds the file before and after, the certificate and both CRLs, and no PIN."""
    output = story.form.with_name("out.xlsx")
    with audited(story.lab, ("sign", "allowed", ())) as added:
        story.lab.do("sign", story.form, "--as", "manufacturer", "-o", output)
    (line,) = added
    assert (line["sha256_before"], line["sha256_after"]) == (sha256(story.form), sha256(output))
    assert line["file"] == str(story.form)
    assert len(line["crls"]) == 2
    (signature,) = story.lab.verify(output).signatures
    assert signature.record.certificate is not None
    assert line["certificate"]["serial"] == signature.record.certificate.serial_hex
    assert story.lab.pin("manufacturer").read_text().strip() not in story.lab.audit.read_text()


def test_the_suffix_of_a_macro_workbook_is_kept(story: Story) -> None:
    """FORM.xlsm becomes FORM.signed.xlsm, then FORM.countersigned.xlsm."""
    form = story.form.with_suffix(".xlsm")
    shutil.copy(story.form, form)
    story.lab.do("sign", form, "--as", "manufacturer")
    story.lab.do("countersign", form.with_name("form.signed.xlsm"), "--as", "supplier")
    assert story.lab.verify(form.with_name("form.countersigned.xlsm")).verdict == PASSED


def test_the_image_whose_hash_is_in_the_form_lets_it_be_signed(story: Story) -> None:
    """--image is compared with the Hash in the form."""
    output = story.form.with_name("out.xlsx")
    run = story.lab.iki("sign", story.form, "--as", "manufacturer", "--image", story.image, "-o", output)
    expect_warned(run)


def test_another_image_is_refused(story: Story) -> None:
    """An image with one octet changed is not what the form says."""
    story.image.write_bytes(story.image.read_bytes()[:-1] + b"!")
    story.signed.unlink()
    with (
        nothing_changes(story.form.parent),
        audited(story.lab, ("sign", "refused", ("image-hash-mismatch",))),
    ):
        run = story.lab.iki("sign", story.form, "--as", "manufacturer", "--image", story.image)
        expect_refused(run, "image-hash-mismatch")


@pytest.mark.parametrize("image", ["nowhere.bin", "."])
def test_an_image_that_cannot_be_read_is_a_usage_error(story: Story, image: str) -> None:
    """A missing image, or a folder, is named; nothing is signed without the comparison asked for."""
    story.signed.unlink()
    with nothing_changes(story.form.parent):
        run = story.lab.iki("sign", story.form, "--as", "manufacturer", "--image", story.form.parent / image)
        expect_failed(run, ExitStatus.USAGE)


def test_a_form_without_any_hash_is_refused(story: Story) -> None:
    """There is nothing to sign for."""
    form = write_hashes(story, None)
    with nothing_changes(story.form.parent), audited(story.lab, ("sign", "refused", ("image-hash-missing",))):
        expect_refused(story.lab.iki("sign", form, "--as", "manufacturer"), "image-hash-missing")


def test_a_form_without_any_hash_is_signed_where_policy_says_so(story: Story) -> None:
    """The rule may be lowered; the warning, the audit line and the verdict then name it."""
    form = write_hashes(story, None)
    policy = story.lab.folder / "policy.toml"
    policy.write_text(policy.read_text() + '\n[levels]\nimage-hash-missing = "warn"\n')
    output = form.with_name("out.xlsx")
    with audited(story.lab, ("sign", "allowed", ("image-hash-missing",))) as added:
        run = story.lab.iki("sign", form, "--as", "manufacturer", "-o", output)
        expect_warned(run, "image-hash-missing")
    assert added[0]["lowered"] == ["image-hash-missing"]
    assert story.lab.verify(output, first_only=True).lowered == ("image-hash-missing",)


@pytest.mark.parametrize("value", ["1A2B", "Z" * 64])
def test_a_hash_that_is_none_is_refused(story: Story, value: str) -> None:
    """Too short, or no hexadecimal: each row is named, and that no Hash is left."""
    form = write_hashes(story, value)
    with nothing_changes(story.form.parent):
        run = story.lab.iki("sign", form, "--as", "manufacturer")
        expect_refused(run, *["image-hash-malformed"] * len(EXAMPLE_ROWS), "image-hash-missing")


def test_a_hash_that_a_formula_makes_is_refused(story: Story) -> None:
    """Each cell is named, and that no Hash is left."""
    form = write_hashes(story, "=A1")
    with nothing_changes(story.form.parent):
        run = story.lab.iki("sign", form, "--as", "manufacturer")
        expect_refused(run, "image-hash-missing", *["form-formula"] * len(EXAMPLE_ROWS))


def test_a_workbook_that_no_mapping_fits_is_signed_with_a_warning(story: Story) -> None:
    """SECAS's own form has columns we do not know."""
    other = write_other_workbook(story)
    with audited(story.lab, ("sign", "allowed", ("form-not-recognised",))):
        expect_warned(story.lab.iki("sign", other, "--as", "manufacturer"), "form-not-recognised")
    signed = other.with_name("other.signed.xlsx")
    expect_warned(story.lab.iki("countersign", signed, "--as", "supplier"), "form-not-recognised")
    assert story.lab.verify(other.with_name("other.countersigned.xlsx")).verdict == PASSED


def test_a_workbook_that_no_mapping_fits_is_refused_with_an_image(story: Story) -> None:
    """The comparison that was asked for cannot be made."""
    other = write_other_workbook(story)
    with nothing_changes(story.form.parent):
        run = story.lab.iki("sign", other, "--as", "manufacturer", "--image", story.image)
        expect_refused(run, "form-not-recognised")


@pytest.mark.parametrize(("stage", "signatures"), [("signed", 1), ("countersigned", 2)])
def test_a_workbook_that_is_signed_already_is_refused(story: Story, stage: str, signatures: int) -> None:
    """Each signature that is there is named."""
    with (
        nothing_changes(story.form.parent),
        audited(story.lab, ("sign", "refused", ("already-signed",) * signatures)),
    ):
        run = story.lab.iki(
            "sign", getattr(story, stage), "--as", "manufacturer", "-o", story.form.with_name("out.xlsx")
        )
        expect_refused(run, *["already-signed"] * signatures)


def test_the_key_of_another_certificate_is_refused(story: Story) -> None:
    """A signer configured with the token of one party and the certificate of another signs nothing."""
    story.lab.configure("pkcs11:token=manufacturer;", "pkcs11:token=supplier;")
    story.lab.configure("pins/manufacturer.pin", "pins/supplier.pin")
    story.signed.unlink()
    with (
        nothing_changes(story.form.parent),
        audited(story.lab, ("sign", "refused", ("key-matches-certificate",))),
    ):
        expect_refused(story.lab.iki("sign", story.form, "--as", "manufacturer"), "key-matches-certificate")


def test_a_certificate_of_another_party_is_refused(story: Story) -> None:
    """Organisation, role code and EUI-64 are not the signer's, and the role code may not claim the role."""
    codes, warned = ("signer-party",) * 4, ("manufacturer-signer",)
    story.lab.configure("certificates/manufacturer.pem", "certificates/supplier.pem")
    story.signed.unlink()
    with nothing_changes(story.form.parent), audited(story.lab, ("sign", "refused", codes + warned)):
        expect_refused(story.lab.iki("sign", story.form, "--as", "manufacturer"), *codes, warned=warned)


def test_the_certificate_may_be_on_the_token(story: Story) -> None:
    """With certificate = "token" no file is needed."""
    story.lab.configure('certificate = "certificates/manufacturer.pem"', 'certificate = "token"')
    story.lab.certificate("manufacturer").unlink()
    output = story.form.with_name("out.xlsx")
    expect_warned(story.lab.iki("sign", story.form, "--as", "manufacturer", "-o", output))
    assert story.lab.verify(output, first_only=True).verdict == PASSED


def test_a_signer_of_a_countersigning_role_does_not_sign(story: Story) -> None:
    """A supplier countersigns; it never signs as a manufacturer would."""
    story.signed.unlink()
    with nothing_changes(story.form.parent), audited(story.lab):
        expect_failed(story.lab.iki("sign", story.form, "--as", "supplier"), ExitStatus.USAGE)


def test_an_unknown_signer_is_a_usage_error(story: Story) -> None:
    """The hint names the signers that there are."""
    story.signed.unlink()
    with nothing_changes(story.form.parent), audited(story.lab):
        run = story.lab.iki("sign", story.form, "--as", "nobody")
        expect_failed(run, ExitStatus.USAGE)
    assert all(name in run.lines("hint")[0] for name in ("manufacturer", "supplier", "dcc"))
