"""The desk as a person uses it, in headless Chromium."""

import csv
import io
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Download, Page, expect

from tests.cpl.ota_files import signed_ota
from tests.support.desk import DeskProcess, desk_of
from tests.support.lab import Story
from tests.support.tools import require_tool
from tests.support.tsa import make_openssl_authority, serving_tsa
from tests.support.zips import edit, parts_of


def read_download(download: Download) -> bytes:
    """Read what was downloaded."""
    return Path(download.path()).read_bytes()


def show_review(page: Page, signer: str, file: Path) -> None:
    """Choose whom to sign as and what, and have it shown."""
    page.select_option("#signer", signer)
    page.set_input_files("#document", file)
    page.click("#choose button")
    expect(page.locator("#review, #refusal").locator("visible=true").first).to_be_visible()


def test_a_pile_is_judged(page: Page, asking_story: Story, tmp_path: Path) -> None:
    """Verdicts come in a table and are announced; each has its report in a tab, and all are a CSV."""
    changed = tmp_path / "changed.xlsx"
    asking_story.lab.do("lab", "tamper", asking_story.countersigned, "-o", changed)
    page.set_input_files("#files", [asking_story.countersigned, changed, asking_story.image])
    summary = page.locator("#summary")
    expect(summary).to_have_text("3 of 3 documents judged: 1 passed, 2 failed.")
    assert summary.get_attribute("aria-live") == "polite"
    rows = page.locator("#rows tr")
    expect(rows.nth(0)).to_contain_text("✓ PassedTOTAL-PASSED")
    expect(rows.nth(0)).to_contain_text("supplier: TEST CPL supplier")
    expect(rows.nth(1)).to_contain_text("✗ FailedTOTAL-FAILED, HASH_FAILURE")
    expect(rows.nth(2)).to_contain_text("is not a zip package")
    with page.context.expect_page() as opened:
        rows.nth(1).get_by_role("link", name="Report").click()
    expect(opened.value.locator(".verdict strong")).to_contain_text("Failed")
    assert opened.value.title() == "Failed: changed.xlsx"
    expect(opened.value.locator(".verdict")).to_have_css("border-top-width", "3px")  # its style is in force
    with page.expect_download() as saved:
        page.click("#csv")
    records = list(csv.DictReader(io.StringIO(read_download(saved.value).decode("utf-8-sig"))))
    assert {record["name"]: record["verdict"] for record in records} == {
        asking_story.countersigned.name: "TOTAL-PASSED",
        "changed.xlsx": "TOTAL-FAILED",
        asking_story.image.name: "TOTAL-FAILED",
    }
    page.click("#clear")
    expect(page.locator("#verdicts")).to_be_hidden()
    opened.value.reload()
    expect(opened.value.locator("body")).to_contain_text("desk-gone")


@pytest.mark.thorough
def test_signatures_beside_files(
    page: Page, asking_story: Story, shared_story: Story, tmp_path: Path
) -> None:
    """A file is judged with the `.p7s` that came along, the countersigned one first; one alone is not."""
    file = tmp_path / "notes.txt"
    file.write_text("TEST notes\n")
    shared_story.lab.do("sign", file, "--as", "manufacturer", "--format", "cms")
    shared_story.lab.do("countersign", file, "--as", "supplier", "--format", "cms")
    first, both = tmp_path / "notes.txt.p7s", tmp_path / "notes.txt.countersigned.p7s"
    alone = tmp_path / "other.bin.p7s"
    alone.write_bytes(first.read_bytes())
    page.set_input_files("#files", [first, asking_story.countersigned, alone, file, both])
    expect(page.locator("#summary")).to_have_text("3 of 3 documents judged: 2 passed, 1 not judged.")
    row = page.locator("#rows tr").nth(2)
    expect(row).to_contain_text(f"notes.txtwith {both.name}without {first.name}")
    expect(row).to_contain_text("supplier: TEST CPL supplier")
    expect(page.locator("#rows tr").nth(1)).to_contain_text("drop both at once")
    with page.context.expect_page() as opened:
        row.get_by_role("link", name="Report").click()
    expect(opened.value.locator("body")).to_contain_text(f"--format cms --signature {both.name}")


@pytest.mark.thorough
def test_the_manufacturer_s_signature_alone_can_be_asked_for(page: Page, asking_story: Story) -> None:
    """What lacks a countersignature passes then, and fails otherwise."""
    page.set_input_files("#files", asking_story.signed)
    expect(page.locator("#summary")).to_contain_text("1 of 1 documents judged: 1 failed")
    page.select_option("#require", "manufacturer")
    page.set_input_files("#files", asking_story.signed)
    expect(page.locator("#summary")).to_contain_text("2 of 2 documents judged: 1 passed, 1 failed")


def test_signing(page: Page, desk: DeskProcess, asking_story: Story, tmp_path: Path) -> None:
    """Entries and warning are shown, the name is typed; a wrong PIN is said, and not sent again."""
    show_review(page, "manufacturer", asking_story.form)
    expect(page.locator("#review-verdict")).to_contain_text("Allowed, with warnings")
    expect(page.locator("#review-findings")).to_contain_text("certificate-validity")
    expect(page.locator("#review-entries")).to_contain_text("TEST Meter Works Ltd")
    expect(page.locator("#review-title")).to_be_focused()
    button = page.get_by_role("button", name="Sign", exact=True)
    expect(button).to_be_disabled()
    page.get_by_label("Type manufacturer to confirm").fill("manufacture")
    expect(button).to_be_disabled()
    page.get_by_label("Type manufacturer to confirm").fill("manufacturer")
    pin = page.get_by_label("PIN of the token")
    assert pin.get_attribute("type") == "password"
    asked: list[str] = []
    pin.fill("0000")
    before = len(asking_story.lab.read_audit())
    page.on("request", lambda request: asked.append(request.url) if "/sign?" in request.url else None)
    button.click()
    expect(page.locator("#refusal")).to_contain_text("the PIN is wrong")
    expect(pin).to_have_value("")
    assert len(asked) == 1
    assert "0000" not in asked[0]
    pin.fill("0000")
    button.click()
    expect(page.locator("#refusal")).to_contain_text("rejected")
    pin.fill(asking_story.lab.pin("manufacturer").read_text().strip())
    with page.expect_download() as saved:
        button.press("Enter")
    assert saved.value.suggested_filename == "form.signed.xlsx"
    expect(page.locator("#done")).to_contain_text("✓ Signed as manufacturer by TEST CPL manufacturer")
    expect(page.locator("#done")).to_contain_text("Send form.signed.xlsx to a Supplier")
    expect(page.locator("#done")).to_be_focused()
    output = tmp_path / "out.xlsx"
    shutil.copy(saved.value.path(), output)
    assert asking_story.lab.verify(output, first_only=True).verdict.indication == "TOTAL-PASSED"
    records = asking_story.lab.read_audit()[before:]
    assert [record["outcome"] for record in records] == ["failed", "failed", "allowed"]
    assert records[-1]["file"] == "form.xlsx"
    secret = asking_story.lab.pin("manufacturer").read_text().strip()
    assert secret not in desk.out.read_text() + desk.log.read_text() + asking_story.lab.audit.read_text()


@pytest.mark.thorough
def test_countersigning_with_the_keyboard_alone(page: Page, asking_story: Story) -> None:
    """A signer whose PIN comes from its configured file is asked for nothing; no warning, nothing to type."""
    page.select_option("#signer", "supplier")
    page.set_input_files("#document", asking_story.signed)
    page.locator("#choose button").press("Enter")
    expect(page.locator("#review-verdict")).to_contain_text("✓ Allowed")
    expect(page.locator("#pin")).to_be_hidden()
    expect(page.locator("#confirmation")).to_be_hidden()
    expect(page.locator("#pin-note")).to_contain_text("The PIN comes from where the configuration says")
    with page.expect_download() as saved:
        page.get_by_role("button", name="Countersign", exact=True).press("Enter")
    assert saved.value.suggested_filename == "form.countersigned.xlsx"


def test_what_policy_refuses_cannot_be_signed(page: Page, asking_story: Story) -> None:
    """The findings are shown, and there is no button to sign; a Hash that differs is one."""
    page.fill("#image", "00" * 32)
    show_review(page, "manufacturer", asking_story.form)
    expect(page.locator("#review-verdict")).to_contain_text("✗ Refused")
    expect(page.locator("#review-findings")).to_contain_text("image-hash-mismatch")
    expect(page.locator("#confirm")).to_be_hidden()


def inject(parts: dict[str, bytes], text: bytes) -> None:
    """Put text in the place of the manufacturer's name, wherever that stands."""
    for name, data in parts.items():
        parts[name] = data.replace(b"TEST Meter Works Ltd", text)


@pytest.mark.thorough
def test_an_image_is_hashed_and_compared(page: Page, asking_story: Story, tmp_path: Path) -> None:
    """The image's Hash is shown, and which octets it is of; those of an OTA file are said, not guessed."""
    ota = tmp_path / "image.ota"
    ota.write_bytes(signed_ota())
    page.set_input_files("#image-file", ota)
    show_review(page, "manufacturer", asking_story.form)
    expect(page.locator("#refusal")).to_contain_text("image.ota: a ZigBee OTA upgrade file")
    page.select_option("#part", "element")
    page.fill("#part-value", "0")
    show_review(page, "manufacturer", asking_story.form)
    expect(page.locator("#review-findings")).to_contain_text("image-hash-mismatch")
    expect(page.locator("#review-facts")).to_contain_text("the OTA element 0x0000 (upgrade image)")
    page.select_option("#part", "")
    page.set_input_files("#image-file", asking_story.image)
    show_review(page, "manufacturer", asking_story.form)
    expect(page.locator("#review-verdict")).to_contain_text("Allowed")
    expect(page.locator("#review-facts")).to_contain_text(asking_story.image.name)


@pytest.mark.thorough
def test_a_timestamp_is_asked_for(browser: Browser, shared_story: Story, tmp_path: Path) -> None:
    """Where the configuration names a TSA, whoever signs may have its word added."""
    require_tool("openssl")
    story = shared_story.copy(tmp_path / "story")
    tsa = make_openssl_authority(tmp_path / "tsa")
    with serving_tsa(tsa.answer) as url:
        tsa.configure(story.lab.configuration, url)
        with desk_of(story.lab, tmp_path) as desk:
            page = browser.new_page(accept_downloads=True)
            page.goto(desk.shown[-1])
            show_review(page, "manufacturer", story.form)
            expect(page.locator("#tsa")).to_have_text(url)
            page.check("#timestamp")
            with page.expect_download() as saved:
                page.click("#do-sign")
            expect(page.locator("#done")).to_contain_text("✓ Signed as manufacturer")
            assert b"EncapsulatedTimeStamp" in parts_of(read_download(saved.value))["_xmlsignatures/sig1.xml"]
            page.close()


def test_hostile_names_and_cells_are_text(page: Page, asking_story: Story, tmp_path: Path) -> None:
    """Markup in a file's name, a cell or a certificate stays what it is: text."""
    attack = "<img src=x onerror=document.title='pwned'>"
    hostile = tmp_path / f"{attack}.xlsx"
    shutil.copy(asking_story.form, hostile)
    escaped = attack.replace("<", "&lt;").replace(">", "&gt;")
    hostile.write_bytes(edit(hostile.read_bytes(), lambda parts: inject(parts, escaped.encode())))
    page.set_input_files("#files", hostile)
    expect(page.locator("#summary")).to_contain_text("1 of 1 documents judged")
    show_review(page, "manufacturer", hostile)
    expect(page.locator("#review-entries")).to_contain_text(attack)
    assert page.locator("img").count() == 0
    assert page.title() == "IKI desk"


@pytest.mark.thorough
def test_the_page_fits_a_narrow_window(page: Page, asking_story: Story) -> None:
    """At the width of a telephone nothing but the tables is wider than the window; print has all entries."""
    page.set_input_files("#files", asking_story.countersigned)
    expect(page.locator("#summary")).to_contain_text("1 of 1")
    show_review(page, "supplier", asking_story.signed)
    page.set_viewport_size({"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_every_field_has_a_name(page: Page) -> None:
    """A screen reader has something to say of each control."""
    for control in page.locator("input, select, button").all():
        if control.is_visible():
            assert control.evaluate("node => node.labels?.length > 0 || node.textContent.trim() !== ''")


def test_a_used_address_opens_nothing(page: Page, desk: DeskProcess) -> None:
    """It says what helps; the page that is open goes on."""
    again = page.context.new_page()
    again.goto(desk.shown[-2])
    expect(again.locator("#trouble")).to_contain_text("this address was used already")
    expect(again.locator("#desk")).to_be_hidden()
    assert again.url == f"http://{desk.host}/"
