"""`iki verify --report OUT.html`: one page that says all and needs nothing."""

import hashlib
import re
from base64 import b64encode
from datetime import date, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from agent.exits import ExitStatus
from tests.cli.expect import expect_failed, nothing_changes
from tests.report.page import Page, read_page, write_report
from tests.support.lab import Story
from tests.support.zips import edit

_BRITISH = re.compile(r"\d{1,2} [A-Z][a-z]+ \d{4} at \d\d:\d\d:\d\d UTC")
_OUTSIDE = ("src", "href", "action", "data", "poster", "srcset", "formaction", "background", "ping")


@pytest.fixture(scope="module")
def page(shared_story: Story, tmp_path_factory: pytest.TempPathFactory) -> Page:
    """The report of a submission that passes."""
    output = tmp_path_factory.mktemp("report") / "out.html"
    run = write_report(shared_story, shared_story.countersigned, output)
    assert run.status == ExitStatus.OK, run.stderr
    return read_page(output)


def test_the_page_needs_nothing_from_outside(page: Page) -> None:
    """No script, nothing to load, and a policy that forbids both; its styles are allowed by their hash."""
    assert not page.tree.xpath("//script | //link | //img | //iframe | //object | //embed | //base | //form")
    named = [(item.tag, name) for item in page.tree.iter() for name in item.attrib if name.startswith("on")]
    assert named == []
    outside = [
        value
        for item in page.tree.iter()
        for name, value in item.attrib.items()
        if name in _OUTSIDE and not value.startswith("#finding-")
    ]
    assert outside == []
    (style,) = page.tree.xpath("//style")
    digest = b64encode(hashlib.sha256(style.text.encode()).digest()).decode()
    (policy,) = page.tree.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'"
    assert "url(" not in style.text
    assert "@import" not in style.text


def test_the_page_says_who_signed_for_what_and_when(page: Page, shared_story: Story) -> None:
    """Verdict in large, signer and countersigner with their roles, times spelled out and marked as claims."""
    assert page.texts("//strong")[0].startswith("Passed TOTAL-PASSED")
    headings = page.texts("//section/h3")
    assert [heading.split(",")[0] for heading in headings] == [
        "1. Signed as manufacturer",
        "2. Countersigned as supplier",
    ]
    assert hashlib.sha256(shared_story.countersigned.read_bytes()).hexdigest() in page.text
    claimed = page.texts("//dt[.='Claims to have signed']/following-sibling::dd[1]")
    assert len(claimed) == len(headings)
    assert all(map(_BRITISH.fullmatch, claimed))
    assert page.texts("//dt[.='Proven']/following-sibling::dd[1]") == [
        "no: there is no timestamp that proves it"
    ] * len(headings)


def test_a_verdict_that_passed_with_warnings_says_how_many(story: Story, tmp_path: Path) -> None:
    """Whoever reads no further than the banner is told that there is more to read."""
    book = load_workbook(story.form)
    book["CPL submission"]["N7"] = None
    book.save(story.form)
    signed, both = tmp_path / "signed.xlsx", tmp_path / "both.xlsx"
    assert story.lab.iki("sign", story.form, "--as", "manufacturer", "-o", signed).status == 0
    assert story.lab.iki("countersign", signed, "--as", "supplier", "-o", both).status == 0
    write_report(story, both, tmp_path / "out.html")
    assert read_page(tmp_path / "out.html").texts("//strong")[0].startswith("Passed with 1 warning TOTAL")


def _hash_first(row: tuple[Any, ...], header: tuple[Any, ...]) -> list[Any]:
    """The cells of a row as the page has them: what is signed for stands first."""
    place = [cell.value for cell in header].index("Hash of the Manufacturer Image")
    return [row[place], *row[:place], *row[place + 1 :]]


def test_the_entries_are_those_of_the_workbook(page: Page, shared_story: Story) -> None:
    """Every cell below the headings stands in the table as openpyxl reads it."""
    sheet = load_workbook(shared_story.countersigned).worksheets[0]
    (header,) = (row[0].row for row in sheet.iter_rows() if row[0].value == "Manufacturer")
    texts = page.texts("//div[@class='entries']//tbody//td")
    expected = [
        _british(cell.value) if isinstance(cell.value, datetime) else str(cell.value or "")
        for row in sheet.iter_rows(min_row=header + 1)
        if any(item.value is not None for item in row)
        for cell in _hash_first(row, sheet[header])
    ]
    assert texts == expected
    assert "signature 1 and 2 signed, octet for octet" in page.text


def _british(day: datetime) -> str:
    """A date as the page has it, said by the C locale of the standard library."""
    return f"{day.day} {day:%B %Y}"


def test_dates_are_spelled_out(story: Story, tmp_path: Path) -> None:
    """A date cell keeps its number at hand, a text that reads otherwise stands beside, what is none stays."""
    book = load_workbook(story.form)
    sheet = book.worksheets[0]
    (header,) = (row for row in sheet.iter_rows() if row[0].value == "Manufacturer")
    values: tuple[date | str, ...] = (
        date(2029, 3, 31),
        "2029-03-31",
        "31 March 2029",
        "03/04/2029",
        "soon",
        "46112",
    )
    column = [cell.value for cell in header].index("ZigBee certificate date") + 1
    assert column < [cell.value for cell in header].index("Hash of the Manufacturer Image")
    for row, value in enumerate(values, (header[0].row or 0) + 1):
        sheet.cell(row, 1, "TEST Meter Works Ltd")
        sheet.cell(row, column, value)
    changed = tmp_path / "dates.xlsx"
    book.save(changed)
    write_report(story, changed, tmp_path / "out.html")
    cells = read_page(tmp_path / "out.html").tree.xpath(
        f"//div[@class='entries']//tbody/tr/td[{column + 1}]"  # a row begins with a th, and the Hash
    )
    assert [" ".join(cell.text_content().split(" [")[0].split()) for cell in cells] == [
        "31 March 2029",
        "31 March 2029 (2029-03-31)",
        "31 March 2029",
        "3 April 2029 (03/04/2029)",
        "soon",
        "46112",
    ]
    assert [cell.get("title") for cell in cells] == ["47208", *[None] * 5]


def test_pictures_are_told_in_words(page: Page) -> None:
    """Each picture has a title that says what it shows; shapes are told by words beside them as well."""
    titles = page.texts("//svg[@role='img']/title")
    assert [title.split(":")[0] for title in titles] == [
        "Chain of certificates",
        "Chain of certificates",
        "Parts and relationships by signature",
    ]
    pictures = page.tree.xpath("//svg[@role='img']")
    assert all(item.get("aria-labelledby") == item.find("title").get("id") for item in pictures)
    assert {"signed", "by rule"} <= set(page.texts("//svg[@role='img'][last()]/text"))


def test_structure_for_screen_readers(page: Page) -> None:
    """A language, one main heading, no level left out, and headings of rows and columns in tables."""
    assert page.tree.get("lang") == "en-GB"
    levels = [int(item.tag[1]) for item in page.tree.xpath("//h1 | //h2 | //h3")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert page.tree.xpath("//table//th[not(@scope)]") == []


def test_findings_stand_at_their_cells(story: Story, tmp_path: Path) -> None:
    """What the lint finds at a cell is marked there, with the number of the finding."""
    book = load_workbook(story.form)
    sheet = book.worksheets[0]
    (row,) = (cells[0].row for cells in sheet.iter_rows() if cells[0].value == "Manufacturer")
    sheet.cell(row + 1, 2).value = "=1+1"
    changed = tmp_path / "formula.xlsx"
    book.save(changed)
    run = write_report(story, changed, tmp_path / "out.html")
    assert run.status != ExitStatus.OK
    page = read_page(tmp_path / "out.html")
    marked = page.tree.xpath("//td[@data-findings]//a/@href")
    places = page.texts("//table[@class='findings']//tbody/tr/td[2]")
    place = f"'{sheet.title}'!B{row + 1}"
    assert place in places
    assert f"#finding-{places.index(place) + 1}" in marked


def test_what_a_document_says_is_text(story: Story, tmp_path: Path) -> None:
    """Markup and control characters in cells and names are shown, and never obeyed."""
    hostile = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    book = load_workbook(story.form)
    book.worksheets[0].cell(8, 1).value = f"{hostile}\u202edlot"
    changed = tmp_path / "<b>&name.xlsx"
    book.save(changed)
    write_report(story, changed, tmp_path / "out.html")
    page = read_page(tmp_path / "out.html")
    assert page.tree.xpath("//script | //img | //h1/b") == []
    assert hostile in page.text
    assert "\u202e" not in page.text
    assert "Verification of <b>&name.xlsx" in page.text


def test_a_changed_file_is_said_to_be_nobodys_word(story: Story, tmp_path: Path) -> None:
    """The page of a tampered workbook fails, shows the cells as they stand, and says who does not vouch."""
    changed = tmp_path / "changed.xlsx"
    run = story.lab.iki("lab", "tamper", story.countersigned, "-o", changed)
    assert run.status == ExitStatus.OK, run.stderr
    run = write_report(story, changed, tmp_path / "out.html")
    assert run.status == ExitStatus.FAILED
    page = read_page(tmp_path / "out.html")
    assert page.texts("//strong")[0].startswith("Failed TOTAL-FAILED (HASH_FAILURE)")
    assert "No signature vouches for these cells" in page.text
    assert "CHANGED" in page.texts("//svg/text")


def test_what_is_no_workbook_has_a_report_too(story: Story, tmp_path: Path) -> None:
    """A malformed document is told on the page with its finding, and the exit status stays."""
    broken = tmp_path / "broken.xlsx"
    broken.write_bytes(b"PK not a zip")
    run = write_report(story, broken, tmp_path / "out.html")
    assert run.status == ExitStatus.DOCUMENT
    page = read_page(tmp_path / "out.html")
    assert "There is no signature that could be read." in page.text
    assert "The cells cannot be shown" in page.text


def test_a_detached_signature_is_reported(story: Story, tmp_path: Path) -> None:
    """A file of any type with its `.p7s` beside it has the same page."""
    file = tmp_path / "notes.txt"
    file.write_text("TEST notes\n")
    signed = story.lab.iki("sign", file, "--as", "manufacturer", "--format", "cms")
    assert signed.status == ExitStatus.OK, signed.stderr
    output = tmp_path / "out.html"
    run = write_report(story, file, output, "--format", "cms", "--require", "manufacturer")
    assert run.status == ExitStatus.OK, run.stderr
    page = read_page(output)
    assert "1. Signed as manufacturer" in page.text
    assert "--format cms --signature notes.txt.p7s" in page.text


@pytest.mark.parametrize("name", ["out", "out.txt", "out.docx"])
def test_a_report_is_html_or_pdf(shared_story: Story, tmp_path: Path, name: str) -> None:
    """Another name is refused before anything is verified."""
    expect_failed(write_report(shared_story, shared_story.countersigned, tmp_path / name), ExitStatus.USAGE)


def test_a_report_replaces_nothing_unless_told(shared_story: Story, tmp_path: Path) -> None:
    """A file that is there stays; --force replaces it; the document itself is never replaced."""
    output = tmp_path / "out.html"
    output.write_text("mine")
    with nothing_changes(tmp_path):
        expect_failed(write_report(shared_story, shared_story.countersigned, output), ExitStatus.USAGE)
    run = write_report(shared_story, shared_story.countersigned, output, "--force")
    assert run.status == ExitStatus.OK
    assert b"<!DOCTYPE html>" in output.read_bytes()[:20]
    twin = tmp_path / "twin.html"
    twin.write_bytes(edit(shared_story.countersigned.read_bytes(), lambda _: None))
    with nothing_changes(tmp_path):
        expect_failed(write_report(shared_story, twin, twin, "--force"), ExitStatus.USAGE)


def test_a_report_is_of_one_file(shared_story: Story, tmp_path: Path) -> None:
    """Several files are several reports."""
    run = shared_story.lab.iki(
        "verify", shared_story.signed, shared_story.countersigned, "--report", tmp_path / "out.html"
    )
    expect_failed(run, ExitStatus.USAGE)
    assert not (tmp_path / "out.html").exists()


def test_a_folder_that_is_not_there(shared_story: Story, tmp_path: Path) -> None:
    """An output that cannot appear is one line and a hint."""
    output = tmp_path / "nowhere" / "out.html"
    expect_failed(write_report(shared_story, shared_story.countersigned, output), ExitStatus.USAGE)
