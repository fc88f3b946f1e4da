"""The form that `iki cpl new` makes, opened by LibreOffice: what it shows, and a picture to look at."""

import csv
import json
import subprocess
from pathlib import Path

import pytest

from tests.support.lab import run_iki
from tests.support.tools import require_tool

_SECONDS = 180
_CSV = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,1"
_ENTRY = {
    "manufacturer": "TEST Meter Works Ltd",
    "model": "1E5",
    "hardware_version": "0100",
    "firmware_version": "00000012",
    "device_type": "ESME",
    "smets_chts_version": "5.10",
    "zigbee_certificate": "=1+1",
    "zigbee_certificate_date": "2029-03-31",
    "image_hash": "0123456789ABCDEF" * 4,
}


@pytest.fixture
def form(tmp_path: Path) -> Path:
    """A form with an entry that spreadsheet programs like to read otherwise."""
    entries = tmp_path / "entries.json"
    entries.write_text(json.dumps([_ENTRY]))
    path = tmp_path / "form.xlsx"
    assert run_iki("cpl", "new", path, "--from", entries).status == 0
    return path


def _convert(form: Path, to: str) -> None:
    profile = (form.parent / "profile").as_uri()
    command = [require_tool("soffice"), f"-env:UserInstallation={profile}", "--headless", "--convert-to", to]
    subprocess.run(
        [*command, "--outdir", form.parent, form], check=True, capture_output=True, timeout=_SECONDS
    )


def test_libreoffice_shows_what_was_filled_in(form: Path) -> None:
    """No zero is dropped, nothing is computed, and a date is a date."""
    _convert(form, _CSV)
    (sheet,) = form.parent.glob("*.csv")
    rows = list(csv.reader(sheet.open(encoding="utf-8", newline="")))
    shown = [cell for cell in rows[5] if cell]
    day = shown.pop(7)  # in LibreOffice's own order of day and month
    assert sorted(day.replace("/", " ").split()) in (["03", "2029", "31"], ["2029", "31", "Mar"])
    assert shown == [*list(_ENTRY.values())[:7], _ENTRY["image_hash"]]


def test_libreoffice_draws_the_form_on_two_pages(form: Path) -> None:
    """One page with the form, one with the instructions; the picture is kept beside it for a person."""
    _convert(form, "pdf")
    pdf = form.with_suffix(".pdf")
    page = form.with_name("page")
    subprocess.run([require_tool("pdftoppm"), "-r", "60", "-png", pdf, page], check=True, timeout=_SECONDS)
    pictures = sorted(form.parent.glob("page-*.png"))
    assert len(pictures) == 2
    assert all(len(picture.read_bytes()) > 5_000 for picture in pictures)
    words = subprocess.run(
        [require_tool("pdftotext"), "-layout", pdf, "-"], check=True, capture_output=True, timeout=_SECONDS
    ).stdout.decode()
    for word in ("Central Products List", "Hash of the Manufacturer Image", "CPL status", "How to use it"):
        assert word in words
